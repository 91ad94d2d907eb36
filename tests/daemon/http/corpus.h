// tests/daemon/http/corpus.h - requests, good and bad, and what becomes of each.
//
// The bad ones are the known ways to make two servers disagree about where a request ends (RFC 9112 section 11.2 and the
// advisories named in head.h), and plain malformed input.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace http::test {

struct Case {
  std::string_view name;
  std::string request;
  int status;
  // For 200: what echo() says.
  std::string_view says = {};

  // Wrong only because it stops: whatever follows becomes its rest.
  bool unfinished() const { return name.ends_with("too early") || name.ends_with("never end"); }
};

inline const std::vector<Case>& corpus() {
  using namespace std::string_literals;
  static const std::string h = "Host: a\r\n";
  static const std::string g = "GET / HTTP/1.1\r\nHost: a\r\n";
  static const std::string p = "POST / HTTP/1.1\r\nHost: a\r\n";
  static const std::string c = p + "Transfer-Encoding: chunked\r\n\r\n";
  static const std::vector<Case> cases = {
      // ---- What is fine ----
      {"a plain GET", g + "\r\n", 200, "GET /  "},
      {"one empty line before a request", "\r\n" + g + "\r\n", 200, "GET /  "},
      {"a body by length", p + "Content-Length: 5\r\n\r\nhello", 200, "POST /  hello"},
      {"a length with leading zeros", p + "Content-Length: 005\r\n\r\nhello", 200, "POST /  hello"},
      {"a length with spaces around", p + "Content-Length:   5  \r\n\r\nhello", 200, "POST /  hello"},
      {"a length of nothing", p + "Content-Length: 0\r\n\r\n", 200, "POST /  "},
      {"a POST without a body", p + "\r\n", 200, "POST /  "},
      {"a GET with a body", g + "Content-Length: 2\r\n\r\nhi", 200, "GET /  hi"},
      {"a DELETE with a body", "DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", 200, "DELETE /  hi"},
      {"a chunked body", c + "5\r\nhello\r\n0\r\n\r\n", 200, "POST /  hello"},
      {"several chunks", c + "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", 200, "POST /  hello"},
      {"a chunk size in upper and lower case", c + "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", 200,
       "POST /  01234567890123456789"},
      {"a chunk size with leading zeros", c + "0005\r\nhello\r\n000\r\n\r\n", 200, "POST /  hello"},
      {"an empty chunked body", c + "0\r\n\r\n", 200, "POST /  "},
      {"a chunk extension", c + "5;a=b\r\nhello\r\n0\r\n\r\n", 200, "POST /  hello"},
      {"a quoted chunk extension", c + "5;a=\"b c\"\r\nhello\r\n0\r\n\r\n", 200, "POST /  hello"},
      {"a trailer", c + "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", 200, "POST /  hello"},
      {"chunked in another case", p + "Transfer-Encoding: CHUNKED\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200, "POST /  hello"},
      {"a field name in another case", p + "cOnTeNt-LeNgTh: 5\r\n\r\nhello", 200, "POST /  hello"},
      {"a body that looks like a request", p + "Content-Length: 30\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n\r\n", 200,
       "POST /  GET /x HTTP/1.1\r\nHost: a\r\n\r\n\r\n"},
      {"a body with NUL", p + "Content-Length: 3\r\n\r\na\0b"s, 200, std::string_view("POST /  a\0b", 11)},
      {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 200, "GET /  "},
      {"HTTP/1.0 with Host", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", 200, "GET /  "},
      {"absolute form", "GET http://a/b?c=d HTTP/1.1\r\nHost: a\r\n\r\n", 200, "GET /b c=d, "},
      {"absolute form without a path", "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", 200, "GET /  "},
      {"absolute form without a path but a query", "GET http://a?b HTTP/1.1\r\nHost: a\r\n\r\n", 200, "GET / b=, "},
      {"absolute form, https and port", "GET HTTPS://A:8080/b HTTP/1.1\r\nHost: a:8080\r\n\r\n", 200, "GET /b  "},
      {"an IPv6 Host", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 200, "GET /  "},
      {"a Host with the highest port", "GET / HTTP/1.1\r\nHost: a:65535\r\n\r\n", 200, "GET /  "},
      {"a Host with an empty port", "GET / HTTP/1.1\r\nHost: a:\r\n\r\n", 200, "GET /  "},
      {"a percent-encoded path", "GET /a%20b/%C3%A9 HTTP/1.1\r\nHost: a\r\n\r\n", 200, "GET /a b/\xc3\xa9  "},
      {"a query", "GET /?a=1&b=%26&&c&d=x+y%2B&a=2 HTTP/1.1\r\nHost: a\r\n\r\n", 200, "GET / a=1,b=&,c=,d=x y+,a=2, "},
      {"a query with slashes and brackets", "GET /?a[b]=/?: HTTP/1.1\r\nHost: a\r\n\r\n", 200, "GET / a[b]=/?:, "},
      {"dot segments stay as they are", "GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", 200, "GET /a/../b  "},
      {"two slashes stay as they are", "GET //a HTTP/1.1\r\nHost: a\r\n\r\n", 200, "GET //a  "},
      {"a field with bytes above 127", g + "X-A: \xff\xfe\r\n\r\n", 200, "GET /  "},
      {"an empty field", g + "X-A:\r\n\r\n", 200, "GET /  "},
      {"a field with a tab inside", g + "X-A: a\tb\r\n\r\n", 200, "GET /  "},
      {"a field without a space after the colon", g + "X-A:b\r\n\r\n", 200, "GET /  "},
      {"an offer to upgrade is ignored", g + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 200, "GET /  "},
      {"an offer to upgrade with a body is ignored",
       p + "Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nhi", 200, "POST /  hi"},
      {"Content-Length named in Connection still counts", p + "Connection: Content-Length\r\nContent-Length: 2\r\n\r\nhi", 200,
       "POST /  hi"},

      // ---- Content-Length ----
      {"two lengths", p + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
      {"the same length twice", p + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400},
      {"a list of lengths", p + "Content-Length: 5, 5\r\n\r\nhello", 400},
      {"a length with a plus", p + "Content-Length: +5\r\n\r\nhello", 400},
      {"a negative length", p + "Content-Length: -5\r\n\r\nhello", 400},
      {"a length in hexadecimal", p + "Content-Length: 0x5\r\n\r\nhello", 400},
      {"a length with a fraction", p + "Content-Length: 5.0\r\n\r\nhello", 400},
      {"a length with a space inside", p + "Content-Length: 5 5\r\n\r\nhello", 400},
      {"an empty length", p + "Content-Length:\r\n\r\nhello", 400},
      {"a length in words", p + "Content-Length: five\r\n\r\nhello", 400},
      {"a length with another digit system", p + "Content-Length: \xd9\xa5\r\n\r\nhello", 400},
      {"a length beyond 64 bits", p + "Content-Length: 18446744073709551621\r\n\r\nhello", 413},
      {"a length of very many digits", p + "Content-Length: " + std::string(300, '9') + "\r\n\r\nhello", 413},
      {"a space before the colon of a length", p + "Content-Length : 5\r\n\r\nhello", 400},
      {"a tab before the colon of a length", p + "Content-Length\t: 5\r\n\r\nhello", 400},
      {"a line that starts with a space", p + " Content-Length: 5\r\n\r\nhello", 400},
      {"a first line that starts with a space", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"a body that ends too early", p + "Content-Length: 6\r\n\r\nhello", 400},

      // ---- Transfer-Encoding ----
      {"length, then chunked", p + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunked, then length", p + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400},
      {"chunked and a length of 0", p + "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n", 400},
      {"chunked and too large a length", p + "Transfer-Encoding: chunked\r\nContent-Length: 99999999999\r\n\r\n0\r\n\r\n", 400},
      {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunked twice in two fields", p + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"identity, then chunked in two fields",
       p + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunked twice in one field", p + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunked, then gzip", p + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 400},
      {"identity", p + "Transfer-Encoding: identity\r\n\r\n", 400},
      {"gzip alone", p + "Transfer-Encoding: gzip\r\n\r\n", 400},
      {"gzip, then chunked", p + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {"an empty coding", p + "Transfer-Encoding:\r\n\r\n0\r\n\r\n", 400},
      {"a coding that only looks like chunked", p + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400},
      {"a coding that begins like chunked", p + "Transfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n", 400},
      {"chunked with a parameter", p + "Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n", 400},
      {"chunked in quotes", p + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", 400},
      {"chunked after a comma", p + "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunked before a comma", p + "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n", 400},
      {"chunked after a vertical tab", p + "Transfer-Encoding: \x0b" "chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunked after a byte above 127", p + "Transfer-Encoding: \xa0" "chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunked on a folded line", p + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400},
      {"a space before the colon of chunked", p + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400},
      {"an underscore is another field", p + "Transfer_Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello", 200, "POST /  hello"},

      // ---- Chunks ----
      {"a chunk size that is not hexadecimal", c + "g\r\nhello\r\n0\r\n\r\n", 400},
      {"a chunk size with 0x", c + "0x5\r\nhello\r\n0\r\n\r\n", 400},
      {"a negative chunk size", c + "-5\r\nhello\r\n0\r\n\r\n", 400},
      {"a chunk size with a plus", c + "+5\r\nhello\r\n0\r\n\r\n", 400},
      {"an empty chunk size", c + "\r\nhello\r\n0\r\n\r\n", 400},
      {"a chunk size after a space", c + " 5\r\nhello\r\n0\r\n\r\n", 400},
      {"a chunk size before a space", c + "5 \r\nhello\r\n0\r\n\r\n", 400},
      {"a chunk size beyond 64 bits", c + "10000000000000005\r\nhello\r\n0\r\n\r\n", 400},
      {"a chunk size of 64 bits", c + "ffffffffffffffff\r\nhello\r\n0\r\n\r\n", 413},
      {"a chunk size that ends with LF", c + "5\nhello\r\n0\r\n\r\n", 400},
      {"a chunk size that ends with CR", c + "5\rhello\r\n0\r\n\r\n", 400},
      {"a chunk longer than its size", c + "5\r\nhelloX\r\n0\r\n\r\n", 400},
      {"a chunk shorter than its size", c + "6\r\nhello\r\n0\r\n\r\n", 400},
      {"a chunk that ends with LF", c + "5\r\nhello\n0\r\n\r\n", 400},
      {"a chunk that ends with CR and another byte", c + "5\r\nhello\rX0\r\n\r\n", 400},
      {"a last chunk that ends with LF", c + "5\r\nhello\r\n0\n\r\n", 400},
      {"a trailer that ends with LF", c + "0\r\nX: y\n\r\n", 400},
      {"a last empty line that is LF", c + "0\r\n\n", 400},
      {"a last empty line that is CR and another byte", c + "0\r\n\rX", 400},
      {"a folded trailer", c + "0\r\nX: y\r\n z\r\n\r\n", 400},
      {"a trailer without a colon", c + "0\r\nX\r\n\r\n", 400},
      {"LF in a chunk extension", c + "5;a\nb\r\nhello\r\n0\r\n\r\n", 400},
      {"NUL in a chunk extension", c + "5;a=\0\r\nhello\r\n0\r\n\r\n"s, 400},
      {"an endless chunk extension", c + "5;" + std::string(20'000, 'a') + "\r\nhello\r\n0\r\n\r\n", 400},
      {"endless leading zeros", c + std::string(20'000, '0') + "5\r\nhello\r\n0\r\n\r\n", 400},
      {"chunks that never end", c + "5\r\nhello\r\n", 400},

      // ---- Lines and bytes of the head ----
      {"lines that end with LF", "GET / HTTP/1.1\nHost: a\n\n", 400},
      {"a request line that ends with LF", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
      {"a field that ends with LF", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400},
      {"a last empty line that is LF alone", g + "\n", 400},
      {"a head that ends with CR and another byte", g + "\rX", 400},
      {"CR inside a field", g + "X: a\rb\r\n\r\n", 400},
      {"two CR before LF", g + "X: a\r\r\n\r\n", 400},
      {"CR alone between fields", g + "X: a\rY: b\r\n\r\n", 400},
      {"a folded field", g + "X: a\r\n b\r\n\r\n", 400},
      {"a field folded with a tab", g + "X: a\r\n\tb\r\n\r\n", 400},
      {"NUL in a field", g + "X: a\0b\r\n\r\n"s, 400},
      {"NUL in a field's name", g + "X\0Y: a\r\n\r\n"s, 400},
      {"DEL in a field", g + "X: a\x7f\r\n\r\n", 400},
      {"a control character in a field", g + "X: a\x01\r\n\r\n", 400},
      {"an escape character in a field", g + "X: \x1b[31m\r\n\r\n", 400},
      {"a field without a colon", g + "X\r\n\r\n", 400},
      {"a field without a name", g + ": a\r\n\r\n", 400},
      {"a field's name with a space inside", g + "X Y: a\r\n\r\n", 400},
      {"a field's name with parentheses", g + "X(Y): a\r\n\r\n", 400},
      {"a field's name with a byte above 127", g + "X\xc3\xa9: a\r\n\r\n", 400},
      {"a space before the colon of any field", g + "X : a\r\n\r\n", 400},
      {"a second empty line before a request", "\r\n\r\n" + g + "\r\n", 400},
      {"a space before a request", " " + g + "\r\n", 400},
      {"a head that ends too early", "GET / HTTP/1.1\r\nHost: a\r\n", 400},

      // ---- The request line ----
      {"HTTP/0.9", "GET /\r\n", 400},
      {"HTTP/0.9, named", "GET / HTTP/0.9\r\n\r\n", 505},
      {"HTTP/1.2", "GET / HTTP/1.2\r\n" + h + "\r\n", 505},
      {"HTTP/2.0", "GET / HTTP/2.0\r\n" + h + "\r\n", 505},
      {"HTTP/9.9", "GET / HTTP/9.9\r\n" + h + "\r\n", 505},
      {"the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"a version without a dot", "GET / HTTP/11\r\n" + h + "\r\n", 400},
      {"a version with three digits", "GET / HTTP/1.10\r\n" + h + "\r\n", 400},
      {"a version in lower case", "GET / http/1.1\r\n" + h + "\r\n", 400},
      {"another protocol", "GET / RTSP/1.0\r\n" + h + "\r\n", 400},
      {"a space after the version", "GET / HTTP/1.1 \r\n" + h + "\r\n", 400},
      {"two spaces before the target", "GET  / HTTP/1.1\r\n" + h + "\r\n", 400},
      {"two spaces after the target", "GET /  HTTP/1.1\r\n" + h + "\r\n", 400},
      {"a tab for a space", "GET\t/ HTTP/1.1\r\n" + h + "\r\n", 400},
      {"a space in the target", "GET /a b HTTP/1.1\r\n" + h + "\r\n", 400},
      {"no target", "GET HTTP/1.1\r\n" + h + "\r\n", 400},
      {"nothing but spaces", "  \r\n" + h + "\r\n", 400},
      {"a method that is not a token", "G(T / HTTP/1.1\r\n" + h + "\r\n", 400},
      {"a method in lower case", "get / HTTP/1.1\r\n" + h + "\r\n", 501},
      {"an unknown method", "BREW / HTTP/1.1\r\n" + h + "\r\n", 501},
      {"a method that begins like GET", "GETS / HTTP/1.1\r\n" + h + "\r\n", 501},
      {"TRACE", "TRACE / HTTP/1.1\r\n" + h + "\r\n", 501},
      {"CONNECT", "CONNECT a:80 HTTP/1.1\r\n" + h + "\r\n", 501},
      {"a TLS greeting", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400},
      {"an SSH greeting", "SSH-2.0-OpenSSH_9.2\r\n", 400},

      // ---- The target ----
      {"a target without a slash", "GET a HTTP/1.1\r\n" + h + "\r\n", 400},
      {"a fragment", "GET /a#b HTTP/1.1\r\n" + h + "\r\n", 400},
      {"a percent sign at the end", "GET /a% HTTP/1.1\r\n" + h + "\r\n", 400},
      {"one digit after a percent sign", "GET /a%2 HTTP/1.1\r\n" + h + "\r\n", 400},
      {"letters after a percent sign", "GET /%zz HTTP/1.1\r\n" + h + "\r\n", 400},
      {"bad percent-encoding in the query", "GET /?a=%4 HTTP/1.1\r\n" + h + "\r\n", 400},
      {"an encoded NUL", "GET /a%00b HTTP/1.1\r\n" + h + "\r\n", 400},
      {"an encoded NUL in the query", "GET /?a=%00 HTTP/1.1\r\n" + h + "\r\n", 400},
      {"an encoded slash", "GET /a%2Fb HTTP/1.1\r\n" + h + "\r\n", 400},
      {"an encoded line break in the path", "GET /a%0d%0aX HTTP/1.1\r\n" + h + "\r\n", 400},
      {"a path that is not UTF-8", "GET /%ff HTTP/1.1\r\n" + h + "\r\n", 400},
      {"an overlong slash", "GET /%c0%af HTTP/1.1\r\n" + h + "\r\n", 400},
      {"a surrogate", "GET /%ed%a0%80 HTTP/1.1\r\n" + h + "\r\n", 400},
      {"a query that is not UTF-8", "GET /?a=%ff HTTP/1.1\r\n" + h + "\r\n", 400},
      {"a byte above 127 in the target", "GET /\xc3\xa9 HTTP/1.1\r\n" + h + "\r\n", 400},
      {"a backslash in the target", "GET /a\\b HTTP/1.1\r\n" + h + "\r\n", 400},
      {"a quotation mark in the target", "GET /\"a\" HTTP/1.1\r\n" + h + "\r\n", 400},
      {"an angle bracket in the query", "GET /?<script> HTTP/1.1\r\n" + h + "\r\n", 400},
      {"NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
      {"absolute form for another host", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"absolute form with user and password", "GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"absolute form with another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"absolute form without a host", "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"absolute form without Host", "GET http://a/ HTTP/1.1\r\n\r\n", 400},
      {"an asterisk for GET", "GET * HTTP/1.1\r\n" + h + "\r\n", 400},

      // ---- Host ----
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"the same Host twice", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 400},
      {"an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"two Hosts in one", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
      {"a Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"a Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
      {"a Host with a port that is a word", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400},
      {"a Host with too high a port", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", 400},
      {"a Host with two ports", "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n", 400},
      {"a Host that is a port", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n", 400},
      {"a Host with an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
      {"a Host with text after a bracket", "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", 400},
      {"a bad Host in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a b\r\n\r\n", 400},

      // ---- Expect ----
      {"another expectation", p + "Expect: the-moon\r\nContent-Length: 2\r\n\r\nhi", 417},
      {"100-continue with the body sent already", p + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi", 200, "POST /  hi"},
      {"100-continue without a body", g + "Expect: 100-continue\r\n\r\n", 200, "GET /  "},
      {"100-continue in HTTP/1.0 is ignored", "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi", 200,
       "POST /  hi"},
  };
  return cases;
}

}  // namespace http::test
