"""The configuration files of a rig, as text. Pure: nothing here touches a disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.rig.folder import Folder
    from tests.rig.site import Options

NGINX_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def php_string(text: str) -> str:
    """Quote a string for PHP."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def wp_config(folder: Folder, options: Options, database_password: str, salts: Mapping[str, str]) -> str:
    """Render wp-config.php."""
    strings = {
        "DB_NAME": "wordpress",
        "DB_USER": "wordpress",
        "DB_PASSWORD": database_password,
        "DB_HOST": f"localhost:{folder.database_socket}",
        "DB_CHARSET": "utf8mb4",
        "DB_COLLATE": "",
        "WP_HOME": options.public_url,
        "WP_SITEURL": options.public_url,
        "WP_ENVIRONMENT_TYPE": "production",  # WordPress 7.1 takes no pings in any other
        "WP_ACCESSIBLE_HOSTS": "127.*,localhost",
        "RIG_FLAGS": str(folder.path / "flags"),
        **salts,
    }
    switches = {
        "DISABLE_WP_CRON": True,
        "WP_HTTP_BLOCK_EXTERNAL": True,
        "AUTOMATIC_UPDATER_DISABLED": True,
        "WP_AUTO_UPDATE_CORE": False,
        "DISALLOW_FILE_MODS": True,
        "WP_DEBUG": False,
    }
    return "\n".join(
        [
            "<?php",
            "// written by the rig: a throwaway test site",
            *(f"define( {php_string(name)}, {php_string(value)} );" for name, value in strings.items()),
            *(f"define( {php_string(name)}, {str(value).lower()} );" for name, value in switches.items()),
            "$table_prefix = 'wp_';",
            "if ( ! defined( 'ABSPATH' ) ) { define( 'ABSPATH', __DIR__ . '/' ); }",
            "require_once ABSPATH . 'wp-settings.php';",
            "",
        ]
    )


def php_fpm(folder: Folder, options: Options, user: str | None) -> str:
    """Render php-fpm's configuration: one pool of a fixed number of workers."""
    owner = f"user = {user}\ngroup = {user}\nlisten.owner = {user}\nlisten.group = {user}" if user else ""
    log, temporary = folder / "log", folder / "tmp"
    return f"""[global]
pid = {folder.pids}/php-fpm.pid
error_log = {log}/php-fpm.log
daemonize = yes
[rig]
{owner}
listen = {folder.php_socket}
listen.mode = 0600
listen.backlog = 511
pm = static
pm.max_children = {options.php_workers}
request_terminate_timeout = 60s
catch_workers_output = yes
clear_env = yes
php_admin_value[error_log] = {log}/php.log
php_admin_flag[log_errors] = on
php_admin_flag[display_errors] = off
php_admin_value[memory_limit] = 256M
php_admin_value[upload_max_filesize] = 128M
php_admin_value[post_max_size] = 130M
php_admin_value[upload_tmp_dir] = {temporary}
php_admin_value[sys_temp_dir] = {temporary}
php_admin_value[sendmail_path] = /bin/true
"""


def _hop(options: Options) -> str:
    """Render a plain nginx hop in front: the baseline that any proxy is measured against."""
    if not options.hop_port:
        return ""
    return f"""
  upstream rig_wp {{ server 127.0.0.1:{options.port}; keepalive 16; }}
  server {{
    listen 127.0.0.1:{options.hop_port} backlog=511;
    client_max_body_size 128m;
    location / {{
      proxy_pass http://rig_wp;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_read_timeout 70s;
    }}
  }}"""


def nginx(folder: Folder, options: Options, user: str | None) -> str:
    """Render nginx's configuration; its PHP location is Debian's own, the usual one in production."""
    trust = "set_real_ip_from 127.0.0.0/8; real_ip_header X-Forwarded-For;" if options.trust_proxy else ""
    temporary = "\n  ".join(f"{name}_temp_path {folder / 'tmp'}/nginx_{name};" for name in NGINX_TEMPORARY)
    log = folder / "log"
    return f"""{f"user {user};" if user else ""}
worker_processes 2;
pid {folder.pids}/nginx.pid;
error_log {log}/nginx-error.log warn;
events {{ worker_connections 1024; }}
http {{
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  log_format rig '$remote_addr [$time_iso8601] "$request" $status $body_bytes_sent "$http_user_agent"';
  access_log {log}/access.log rig;
  {temporary}
  server_tokens off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 10000;
  server {{
    listen 127.0.0.1:{options.port} backlog=511;
    server_name _;
    root {folder / "www"};
    index index.php;
    client_max_body_size 128m;
    {trust}
    location / {{ try_files $uri $uri/ /index.php?$args; }}
    location ~ [^/]\\.php(/|$) {{
      fastcgi_split_path_info ^(.+?\\.php)(/.*)$;
      try_files $fastcgi_script_name =404;
      set $path_info $fastcgi_path_info;
      fastcgi_param PATH_INFO $path_info;
      fastcgi_param HTTP_PROXY "";
      fastcgi_index index.php;
      include /etc/nginx/fastcgi.conf;
      fastcgi_read_timeout 70s;
      fastcgi_pass unix:{folder.php_socket};
    }}
    location ~ /\\.ht {{ deny all; }}
  }}{_hop(options)}
}}
"""
