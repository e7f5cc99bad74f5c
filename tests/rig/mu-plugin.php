<?php
/* Plugin Name: rig
 * Only for the throwaway test site. Lets WordPress fetch pages from loopback servers on any port, sends no
 * mail, asks no update server, and (unless the folder of flags says so) applies no flood limit. */
function rig_is_loopback( $host ) {
	$host = strtolower( (string) $host );
	return 'localhost' === $host || preg_match( '/^127(\.\d{1,3}){3}$/', $host );
}
add_filter( 'http_request_host_is_external', function ( $external, $host ) {
	return rig_is_loopback( $host ) ? true : $external;
}, 10, 2 );
add_filter( 'http_allowed_safe_ports', function ( $ports, $host, $url ) {
	$port = parse_url( $url, PHP_URL_PORT );
	if ( $port && rig_is_loopback( $host ) ) {
		$ports[] = $port;
	}
	return $ports;
}, 10, 3 );
if ( ! is_file( RIG_FLAGS . '/flood-check' ) ) {
	add_filter( 'comment_flood_filter', '__return_false', 999 );
}
if ( is_file( RIG_FLAGS . '/show-faults' ) ) {
	remove_filter( 'xmlrpc_pingback_error', 'xmlrpc_pingback_error' );
}
if ( ! function_exists( 'wp_mail' ) ) {
	function wp_mail() { return true; }      // no mail leaves the rig
}
remove_action( 'init', 'wp_schedule_update_checks' );
add_filter( 'pre_site_transient_update_core', '__return_null' );
foreach ( array( 'update_core', 'update_plugins', 'update_themes' ) as $rig_t ) {
	add_filter( 'pre_site_transient_' . $rig_t, function () {
		return (object) array( 'last_checked' => time(), 'updates' => array(), 'response' => array(),
			'version_checked' => get_bloginfo( 'version' ), 'checked' => array(), 'translations' => array() );
	}, 99 );
}
