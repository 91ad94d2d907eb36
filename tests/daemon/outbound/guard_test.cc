// Where requests may go: every special address in every spelling is refused, and public ones are not.
#include "outbound/guard.h"

#include <catch2/catch.hpp>
#include <stdexcept>

using outbound::Guard;
using outbound::GuardOptions;

namespace {

bool refuses_address(const Guard& guard, const std::string& address) {
  return guard.refuse_address(asio::ip::make_address(address)).has_value();
}
bool refuses_url(const Guard& guard, const std::string& url) {
  return guard.refuse_url(url).has_value();
}

const Guard kStrict{GuardOptions{}};
const Guard kHttp{GuardOptions{.allow_http = true}};

}  // namespace

TEST_CASE("special addresses are refused", "[guard]") {
  for (const char* address : {
           // The first and the last address of each special network.
           "0.0.0.0",
           "0.255.255.255",  //
           "10.0.0.0",
           "10.255.255.255",  //
           "100.64.0.0",
           "100.127.255.255",  //
           "127.0.0.0",
           "127.0.0.1",
           "127.255.255.255",  //
           "169.254.0.0",
           "169.254.169.254",
           "169.254.255.255",  //
           "172.16.0.0",
           "172.31.255.255",  //
           "192.0.0.0",
           "192.0.0.255",  //
           "192.0.2.0",
           "192.0.2.255",  //
           "192.88.99.0",
           "192.88.99.255",  //
           "192.168.0.0",
           "192.168.255.255",  //
           "198.18.0.0",
           "198.19.255.255",  //
           "198.51.100.0",
           "198.51.100.255",  //
           "203.0.113.0",
           "203.0.113.255",  //
           "224.0.0.0",
           "239.255.255.255",  //
           "240.0.0.0",
           "255.255.255.255",  //
           "::",
           "::1",
           "::2",  //
           "100::",
           "100::ffff",  //
           "2001::",
           "2001::1",
           "2001:1ff:ffff::",  //
           "2001:db8::1",
           "2001:db8:ffff::",  //
           "3fff::1",
           "3fff:fff:ffff::",  //
           "4000::1",
           "5f00::1",
           "8000::1",  //
           "fc00::1",
           "fdff:ffff::1",
           "fd00:ec2::254",  //
           "fe80::1",
           "febf::1",
           "fec0::1",
           "feff::1",  //
           "ff00::",
           "ff02::1",
           "ffff::1",
       }) {
    INFO(address);
    CHECK(refuses_address(kStrict, address));
  }
}

TEST_CASE("the IPv6 forms of special IPv4 addresses are refused", "[guard]") {
  for (const char* address : {
           "::ffff:127.0.0.1",
           "::ffff:169.254.169.254",
           "::ffff:10.0.0.1",
           "::ffff:0.0.0.0",  // mapped
           "::127.0.0.1",
           "::8.8.8.8",  // compatible: all
           "::ffff:0:127.0.0.1",
           "::ffff:0:8.8.8.8",  // translated: all
           "64:ff9b::127.0.0.1",
           "64:ff9b::a9fe:a9fe",
           "64:ff9b::192.168.1.1",  // NAT64
           "64:ff9b:1::8.8.8.8",
           "64:ff9b:1:ffff::1",  // local NAT64: all
           "2002:7f00:1::",
           "2002:a9fe:a9fe::1",
           "2002:c0a8:101::1",                      // 6to4
           "2001:0:4136:e378:8000:63bf:3fff:fdd2",  // Teredo: all
           "2607:f8b0::5efe:10.0.0.1",
           "2607:f8b0::200:5efe:127.0.0.1",  // ISATAP
       }) {
    INFO(address);
    CHECK(refuses_address(kStrict, address));
  }
}

TEST_CASE("public addresses are not refused, up to the edges of the special networks", "[guard]") {
  for (const char* address : {
           "1.0.0.0",
           "9.255.255.255",
           "11.0.0.0",
           "100.63.255.255",
           "100.128.0.0",
           "126.255.255.255",
           "128.0.0.0",
           "169.253.255.255",
           "169.255.0.0",
           "172.15.255.255",
           "172.32.0.0",
           "192.0.1.0",
           "192.0.3.0",
           "192.88.98.255",
           "192.88.100.0",
           "192.167.255.255",
           "192.169.0.0",
           "198.17.255.255",
           "198.20.0.0",
           "198.51.99.255",
           "198.51.101.0",
           "203.0.112.255",
           "203.0.114.0",
           "223.255.255.255",
           "8.8.8.8",
           // IPv6.
           "2000::1",
           "2001:200::1",
           "2001:db7:ffff::1",
           "2001:db9::1",
           "2003::1",
           "2606:4700::1111",
           "2a00:1450::1",
           "3ffe::1",
           "3fff:1000::1",
           // Forms of public addresses that translators and tunnels deliver to them.
           "::ffff:8.8.8.8",
           "64:ff9b::8.8.8.8",
           "2002:808:808::1",
           "2607:f8b0::5efe:8.8.8.8",
       }) {
    INFO(address);
    CHECK_FALSE(refuses_address(kStrict, address));
  }
}

TEST_CASE("a reason names the address and what it is", "[guard]") {
  CHECK(kStrict.refuse_address(asio::ip::make_address("169.254.169.254")) ==
        "The address 169.254.169.254 is link-local, and no allowed network lists it.");
  CHECK(kStrict.refuse_address(asio::ip::make_address("64:ff9b::a00:1")) ==
        "The address 64:ff9b::a00:1 is the NAT64 form of 10.0.0.1, which is private, and no allowed network lists it.");
}

TEST_CASE("an address in a URL is recognised however it is spelled", "[guard]") {
  for (const char* host : {
           "127.0.0.1",
           "127.0.0.1.",
           "127.1",
           "127.0.1",
           "0x7f.1",
           "0X7F.0.0.1",
           "0x7f000001",
           "0177.0.0.1",
           "017700000001",
           "2130706433",
           "2130706433.",
           "0",
           "0.0.0.0",
           "0x0",
           "00",
           "0300.0250.1.1",
           "10.1",
           "169.254.43518",
           "2852039166",
           "0xa9fea9fe",
           "[::1]",
           "[::]",
           "[0:0:0:0:0:0:0:1]",
           "[::ffff:127.0.0.1]",
           "[::ffff:7f00:1]",
           "[::FFFF:7F00:0001]",
           "[64:ff9b::169.254.169.254]",
           "[fe80::1]",
           "[fd00:ec2::254]",
           "%31%32%37.0.0.1",
           "127%2e0%2e0%2e1",
           // Not addresses, though a resolver might read one.
           "1.2.3.4.5",
           "256.256.256.256",
           "0x1ffffffff",
           "4294967296",
           "foo.0x7f",
           "foo.1",
           "1..2",
           "127.0.0.1..",
           // The zone of a link-local address.
           "[fe80::1%25eth0]",
           "[fe80::1%eth0]",
           // Fullwidth digits and ideographic full stops become ASCII in a lenient resolver.
           "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1",
           "127\xe3\x80\x82"
           "0\xe3\x80\x82"
           "0\xe3\x80\x82"
           "1",
       }) {
    INFO(host);
    CHECK(refuses_url(kHttp, "http://" + std::string(host) + "/hook"));
    CHECK(refuses_url(kStrict, "https://" + std::string(host) + ":8443?x"));
  }
}

TEST_CASE("a URL of another form than a webhook's is refused", "[guard]") {
  for (const char* url : {
           "",
           "https",
           "https:",
           "https:/",
           "https://",
           "https:///",
           "https:///hook",
           "https:example.com",
           "https:/example.com",
           "//example.com",
           "example.com",
           "/hook",
           "?",
           "#",  // no scheme, no host
           "ftp://example.com",
           "file:///etc/passwd",
           "gopher://example.com",
           "javascript:1",  // other schemes
           "https://user@example.com",
           "https://user:pass@example.com",
           "https://:pass@example.com",
           "https://@example.com",
           "https://:@example.com",
           "https://example.com:443@127.0.0.1/",
           "https://a%40b@example.com",  // user:password
           "https://example.com:0",
           "https://example.com:65536",
           "https://example.com:-1",
           "https://example.com:x",
           "https://example.com:99999999999",  // ports
           "https://exa mple.com",
           "https://example.com/a b",
           "https://example.com\r\nHost: x",
           " https://example.com",
           "https://example.com\n",
           "https://example.com\\@evil.com",
           "https://example.com/\x01",  // bytes
           "https://.",
           "https://.example.com",
           "https://example..com",
           "https://example.com..",
           "https://z\xc3\xbcrich.example",
           "https://[::1",
           "https://[]",
           "https://[1.2.3.4]",
           "https://[v1.fe80::a]",
           "https://[::1]x",
           "https://a[b",
       }) {
    INFO(url);
    CHECK(refuses_url(kStrict, url));
  }
  CHECK(refuses_url(kStrict, std::string("https://example.com/\0x", 22)));
  CHECK(refuses_url(kStrict, "https://example.com/" + std::string(4096 - 19, 'a')));
}

TEST_CASE("an ordinary URL is not refused", "[guard]") {
  for (const char* url : {
           "https://example.com",
           "https://example.com/",
           "HTTPS://Example.COM/hook?a=b&c=%20#part",
           "https://example.com.",
           "https://example.com:8443/x",
           "https://hooks.slack-edge.example/services/T0/B0/x",
           "https://a_b.example",
           "https://1password.example",
           "https://10.example",
           "https://8.8.8.8/",
           "https://[2606:4700::1111]:8443/",
           "https://xn--zrich-kva.example/",
           "https://example.com/user@host",
           "https://example.com/?q=a@b:c",
           "https://localhost",
       }) {
    INFO(url);
    CHECK(kStrict.refuse_url(url) == std::nullopt);
  }
  CHECK_FALSE(refuses_url(kStrict, "https://example.com/" + std::string(4096 - 20, 'a')));
}

TEST_CASE("http is refused unless it is allowed", "[guard]") {
  CHECK(refuses_url(kStrict, "http://example.com"));
  CHECK_FALSE(refuses_url(kHttp, "http://example.com"));
  CHECK_FALSE(refuses_url(kHttp, "https://example.com"));
}

TEST_CASE("only listed ports are allowed when ports are listed", "[guard]") {
  const Guard guard({.allow_http = true, .allow_ports = {443, 8443}});
  CHECK_FALSE(refuses_url(guard, "https://example.com"));
  CHECK_FALSE(refuses_url(guard, "https://example.com:8443"));
  CHECK(refuses_url(guard, "https://example.com:8444"));
  CHECK(refuses_url(guard, "http://example.com"));
  CHECK_FALSE(refuses_url(guard, "http://example.com:443"));
}

TEST_CASE("a listed network may be reached, and nothing beside it", "[guard]") {
  const Guard guard({.allow_http = true, .allow_networks = {"10.1.0.0/16", "127.0.0.1", "::1/128", "fd00:1::/33"}});
  for (const char* address :
       {"10.1.0.0", "10.1.255.255", "127.0.0.1", "::1", "::ffff:10.1.2.3", "fd00:1::1", "fd00:1:7fff::1"}) {
    INFO(address);
    CHECK_FALSE(refuses_address(guard, address));
  }
  for (const char* address : {"10.0.255.255", "10.2.0.0", "127.0.0.2", "::2", "::ffff:10.2.0.0", "fd00:1:8000::1",
                              "64:ff9b::10.1.2.3", "::10.1.2.3"}) {
    INFO(address);
    CHECK(refuses_address(guard, address));
  }
  CHECK_FALSE(refuses_url(guard, "http://0x7f000001/"));
  CHECK(refuses_url(guard, "http://127.0.0.2/"));
}

TEST_CASE("all of IPv6 does not include all of IPv4", "[guard]") {
  const Guard six({.allow_networks = {"::/0"}});
  CHECK_FALSE(refuses_address(six, "fd00::1"));
  CHECK(refuses_address(six, "127.0.0.1"));
  CHECK(refuses_address(six, "::ffff:127.0.0.1"));
  const Guard four({.allow_networks = {"0.0.0.0/0"}});
  CHECK_FALSE(refuses_address(four, "127.0.0.1"));
  CHECK_FALSE(refuses_address(four, "::ffff:127.0.0.1"));
  CHECK(refuses_address(four, "::1"));
}

TEST_CASE("a network that cannot be read is named in the error", "[guard]") {
  for (const std::string text : {"", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "10.0.0/8",
                                 "::1/129", "fe80::1%lo/64", "example.com", "10.0.0.1/8", "0x7f.0.0.1"}) {
    INFO(text);
    CHECK_THROWS_WITH(Guard({.allow_networks = {text}}), Catch::Contains("\"" + text + "\""));
    CHECK_THROWS_AS(Guard({.allow_networks = {text}}), std::invalid_argument);
  }
  CHECK_THROWS_AS(Guard({.allow_ports = {0}}), std::invalid_argument);
  CHECK_THROWS_AS(Guard({.allow_ports = {65536}}), std::invalid_argument);
  CHECK_NOTHROW(Guard({.allow_ports = {1, 65535}}));
}
