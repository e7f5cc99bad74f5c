<?php
// run once by the rig on the command line: php install.php < fixture.json
$in = json_decode( stream_get_contents( STDIN ), true );
define( 'WP_INSTALLING', true );
$_SERVER['HTTP_HOST'] = $in['host']; $_SERVER['REQUEST_URI'] = '/wp-admin/install.php';
$_SERVER['REMOTE_ADDR'] = '127.0.0.1'; $_SERVER['REQUEST_METHOD'] = 'GET'; $_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
require $in['www'] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
add_filter( 'pre_http_request', function () { return new WP_Error( 'rig', 'no requests while installing' ); } );
wp_install( $in['title'], $in['user'], 'admin@rig.invalid', true, '', $in['password'] );
foreach ( array( 'comment_moderation' => '0', 'comment_previously_approved' => '0', 'comment_max_links' => '0',
	'comments_notify' => '0', 'moderation_notify' => '0', 'default_ping_status' => 'open',
	'default_comment_status' => 'open', 'default_pingback_flag' => '0', 'require_name_email' => '0',
	'close_comments_for_old_posts' => '0', 'blog_public' => '1', 'timezone_string' => 'UTC',
	'page_comments' => '0', 'posts_per_page' => '10', 'ping_sites' => '' ) as $k => $v ) {
	update_option( $k, $v );
}
global $wp_rewrite, $wpdb;
$wp_rewrite->set_permalink_structure( $in['permalinks'] );
wp_set_current_user( 1 );
foreach ( get_comments( array( 'fields' => 'ids' ) ) as $c ) { wp_delete_comment( $c, true ); }
wp_delete_post( 1, true );
$out = array();
foreach ( $in['posts'] as $p ) {
	$body = '';
	foreach ( $p['paragraphs'] as $t ) { $body .= "<!-- wp:paragraph -->\n<p>$t</p>\n<!-- /wp:paragraph -->\n\n"; }
	$args = array( 'post_title' => $p['title'], 'post_content' => $body, 'post_status' => $p['status'],
		'post_type' => $p['type'], 'post_date' => $p['date'], 'post_date_gmt' => $p['date'],
		'ping_status' => $p['ping_status'], 'comment_status' => 'open', 'post_password' => $p['post_password'],
		'post_author' => 1 );
	if ( 'post' === $p['type'] ) { $args['post_category'] = array( wp_create_category( $p['category'] ) ); }
	$id = wp_insert_post( wp_slash( $args ), true );
	if ( is_wp_error( $id ) ) { fwrite( STDERR, $id->get_error_message() . "\n" ); exit( 1 ); }
	$url = get_permalink( $id );
	$out[] = array( 'id' => $id, 'slug' => get_post( $id )->post_name, 'title' => $p['title'],
		'category' => $p['category'], 'status' => $p['status'], 'type' => $p['type'], 'kind' => $p['kind'],
		'ping_status' => $p['ping_status'], 'path' => substr( $url, strlen( home_url() ) ) );
}
flush_rewrite_rules( false );
wp_unschedule_hook( 'do_pings' );
$wpdb->query( "DELETE FROM $wpdb->postmeta WHERE meta_key IN ('_pingme','_encloseme')" );
global $wp_version;
echo json_encode( array( 'wp_version' => $wp_version, 'php' => PHP_VERSION, 'posts' => $out ) );
