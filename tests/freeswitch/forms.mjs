// What mod_xml_curl posts, made of the captures (tests/freeswitch/captures).

// The question of a REGISTER (sofia_reg.c), as FreeSWITCH 1.11 was seen to ask it. phone: {domain, number,
// username}; extra: further fields, in front of those that count.
export function directoryForm({domain, number, username}, extra = '') {
	return 'hostname=fs-test-1&section=directory&tag_name=domain&key_name=name' +
		`&key_value=${domain}&Event-Name=REQUEST_PARAMS&Core-UUID=d577d9b7-d55b-41a7-927e-b0474be8b730` +
		'&FreeSWITCH-Hostname=vm&FreeSWITCH-Switchname=fs-test-1&FreeSWITCH-IPv4=127.0.0.1&FreeSWITCH-IPv6=%3A%3A1' +
		'&Event-Date-Local=2026-11-22%2013%3A25%3A09&Event-Date-GMT=Sun,%2022%20Nov%202026%2013%3A25%3A09%20GMT' +
		'&Event-Date-Timestamp=1795353909951995&Event-Calling-File=sofia_reg.c' +
		'&Event-Calling-Function=sofia_reg_parse_auth&Event-Calling-Line-Number=3124&Event-Sequence=539&action=sip_auth' +
		`&sip_profile=internal&sip_user_agent=phone.py&sip_auth_username=${username}&sip_auth_realm=${domain}` +
		`&sip_auth_nonce=cd1be627-c8be-418c-9337-7e3802d1bdd6&sip_auth_uri=sip%3A${domain}&sip_contact_user=${number}` +
		`&sip_contact_host=127.0.0.1&sip_to_user=${number}&sip_to_host=${domain}&sip_via_protocol=udp` +
		`&sip_from_user=${number}&sip_from_host=${domain}&sip_call_id=8c8f9a55d3d73523&sip_request_host=${domain}${extra}` +
		'&sip_auth_qop=auth&sip_auth_cnonce=13bc639c&sip_auth_nc=00000001' +
		'&sip_auth_response=f2653f92e5605a8da2b8537c5f691c58&sip_auth_method=REGISTER&client_port=7400' +
		`&key=id&user=${username}&domain=${domain}&ip=127.0.0.1`;
}
