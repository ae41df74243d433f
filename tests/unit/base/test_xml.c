/* XML that is well-formed whatever is put into it. */
#include "base/xml.h"
#include "oom.h"
#include "unit.h"

static void assert_escaped(const char *bytes, size_t n, const char *expected)
{
	AUTO(text_clear) struct text text = {0};

	xml_escape(&text, bytes, n);
	assert_string_equal(text_string(&text), expected);
}

static void elements_are_closed_in_the_order_they_were_opened(void **state)
{
	AUTO(text_clear) struct text text = {0};
	struct xml xml = {.out = &text};

	(void)state;
	xml_begin(&xml, "user");
	xml_attr(&xml, "id", "a\"b");
	xml_begin(&xml, "param");
	xml_attr_number(&xml, "value", -5);
	xml_end(&xml);
	xml_begin(&xml, "note");
	xml_content(&xml, "1 < 2", 5);
	xml_end(&xml);
	xml_end(&xml);
	assert_false(xml.misused);
	assert_string_equal(text.data, "<user id=\"a&quot;b\">\n<param value=\"-5\"/>\n"
	                               "<note>1 &lt; 2</note></user>");
}

static void markup_becomes_references(void **state)
{
	(void)state;
	assert_escaped("<a href='x'>\"&amp;\"</a>", 23,
	               "&lt;a href=&apos;x&apos;&gt;&quot;&amp;amp;&quot;&lt;/a&gt;");
	assert_escaped("]]>", 3, "]]&gt;");
	assert_escaped("a\tb\nc\rd", 7, "a&#9;b&#10;c&#13;d");
}

static void what_xml_does_not_have_becomes_the_replacement_character(void **state)
{
	(void)state;
	assert_escaped("a\0b", 3,
	               "a\xef\xbf\xbd"
	               "b");
	assert_escaped("\x01\x1f\x7f", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_escaped("\xff", 1, "\xef\xbf\xbd");
	assert_escaped("\xc3", 1, "\xef\xbf\xbd");
	assert_escaped("\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_escaped("\xef\xbf\xbf", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_escaped("\xc3<", 2, "\xef\xbf\xbd&lt;");
}

static void every_language_goes_through(void **state)
{
	static const char text[] = "M\xc3\xbcller \xe6\x97\xa5 \xf0\x9f\x98\x80";

	(void)state;
	assert_escaped(text, sizeof(text) - 1, text);
	assert_escaped("", 0, "");
}

static void a_mistake_of_the_programmer_is_told(void **state)
{
	AUTO(text_clear) struct text text = {0};
	struct xml behind = {.out = &text}, many = {.out = &text}, deep = {.out = &text};
	struct xml outside = {.out = &text};

	(void)state;
	xml_begin(&behind, "a");
	xml_content(&behind, "x", 1);
	xml_attr(&behind, "b", "c");
	assert_true(behind.misused);
	xml_end(&many);
	assert_true(many.misused);
	for (int i = 0; i < XML_DEPTH_MAX; i++)
		xml_begin(&deep, "a");
	assert_false(deep.misused);
	xml_begin(&deep, "a");
	assert_true(deep.misused);
	xml_content(&outside, "x", 1);
	assert_true(outside.misused);
}

static enum error_code build(void *arg)
{
	AUTO(text_clear) struct text text = {0};
	struct xml xml = {.out = &text};

	for (int i = 0; i < 8; i++) {
		xml_begin(&xml, "element");
		xml_attr(&xml, "name", arg);
	}
	while (xml.depth)
		xml_end(&xml);
	return text.failed ? ERROR_MEMORY : ERROR_OK;
}

static void memory_that_is_refused_shows(void **state)
{
	(void)state;
	assert_true(oom_check(build, "a value of some length") > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_are_closed_in_the_order_they_were_opened),
		cmocka_unit_test(markup_becomes_references),
		cmocka_unit_test(what_xml_does_not_have_becomes_the_replacement_character),
		cmocka_unit_test(every_language_goes_through),
		cmocka_unit_test(a_mistake_of_the_programmer_is_told),
		cmocka_unit_test(memory_that_is_refused_shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
