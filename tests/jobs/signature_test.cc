// Signatures of webhooks: the known answers, and what a verifier must refuse.
#include "jobs/signature.h"

#include <catch2/catch.hpp>
#include <map>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/base64.h"

namespace {

using namespace std::chrono_literals;
using jobs::SignedMessage;
using jobs::Time;
using jobs::Verdict;
using jobs::verify_signature;

Time at(std::int64_t seconds) {
  return Time(std::chrono::seconds(seconds));
}

constexpr std::int64_t kSeconds = 1'706'123'456;
const std::string kBody = R"({"status":"COMPLETE"})";
const std::vector<std::string> kSecrets = {"the secret"};

Verdict verify_omni(std::string_view signature, Time now = at(kSeconds),
                    const std::vector<std::string>& secrets = kSecrets, std::string_view body = kBody,
                    std::string_view timestamp = "1706123456") {
  return verify_signature({.timestamp = timestamp, .signature = signature, .body = body}, secrets, now);
}

Verdict verify_standard(std::string_view signature, std::string_view id = "evt_1") {
  return verify_signature({.id = id, .timestamp = "1706123456", .signature = signature, .body = kBody}, kSecrets,
                          at(kSeconds));
}

}  // namespace

TEST_CASE("the signer gives the known answers, and the verifier accepts them", "[signature]") {
  std::ifstream file(WEBHOOK_VECTORS);
  const nlohmann::json vectors = nlohmann::json::parse(file);
  REQUIRE(vectors.size() == 5);
  for (const auto& vector : vectors) {
    INFO(vector.at("name"));
    const std::string secret = vector.at("secret");
    const std::string timestamp = vector.at("timestamp");
    const std::string body = vector.at("body");
    const std::string id = vector.at("event_id");
    const std::string omni = vector.at("x_omni_signature");
    const std::string standard = vector.at("webhook_signature");

    CHECK(jobs::omni_signature(secret, timestamp, body) == omni);
    CHECK(jobs::standard_signature(secret, id, timestamp, body) == standard);

    const Time now = at(std::stoll(timestamp));
    const std::vector secrets = {secret};
    CHECK(verify_signature({.timestamp = timestamp, .signature = omni, .body = body}, secrets, now) == Verdict::ok);
    CHECK(verify_signature({.id = id, .timestamp = timestamp, .signature = standard, .body = body}, secrets, now) ==
          Verdict::ok);

    const auto headers = jobs::signature_headers(secret, id, body, now + 999ms);
    const std::vector<std::pair<std::string, std::string>> expected = {{"X-Omni-Signature-Timestamp", timestamp},
                                                                       {"X-Omni-Signature", omni},
                                                                       {"webhook-id", id},
                                                                       {"webhook-timestamp", timestamp},
                                                                       {"webhook-signature", standard}};
    CHECK(headers == expected);
  }
}

TEST_CASE("a changed body, timestamp, id or secret does not verify", "[signature]") {
  const std::string omni = jobs::omni_signature("the secret", "1706123456", kBody);
  CHECK(verify_omni(omni) == Verdict::ok);
  CHECK(verify_omni(omni, at(kSeconds), kSecrets, kBody + " ") == Verdict::mismatch);
  CHECK(verify_omni(omni, at(kSeconds), kSecrets, kBody, "1706123457") == Verdict::mismatch);
  CHECK(verify_omni(omni, at(kSeconds), {"the secret "}) == Verdict::mismatch);
  CHECK(verify_omni(omni, at(kSeconds), {}) == Verdict::mismatch);

  const std::string standard = jobs::standard_signature("the secret", "evt_1", "1706123456", kBody);
  CHECK(verify_standard(standard) == Verdict::ok);
  CHECK(verify_standard(standard, "evt_2") == Verdict::mismatch);
}

TEST_CASE("one flipped bit of a signature is noticed wherever it is", "[signature]") {
  const std::string omni = jobs::omni_signature("the secret", "1706123456", kBody);
  for (std::size_t i = 7; i < omni.size(); ++i) {
    std::string changed = omni;
    changed[i] = changed[i] == '0' ? '1' : '0';
    CHECK(verify_omni(changed) == Verdict::mismatch);
  }
}

TEST_CASE("a timestamp is fresh up to five minutes to either side", "[signature]") {
  const std::string omni = jobs::omni_signature("the secret", "1706123456", kBody);
  CHECK(verify_omni(omni, at(kSeconds) + 5min) == Verdict::ok);
  CHECK(verify_omni(omni, at(kSeconds) + 5min + 1ms) == Verdict::stale);
  CHECK(verify_omni(omni, at(kSeconds) - 5min) == Verdict::ok);
  CHECK(verify_omni(omni, at(kSeconds) - 5min - 1ms) == Verdict::stale);
}

TEST_CASE("a secret that is being retired still verifies beside the new one", "[signature]") {
  const std::string by_old = jobs::omni_signature("old", "1706123456", kBody);
  const std::string by_new = jobs::omni_signature("new", "1706123456", kBody);
  CHECK(verify_omni(by_old, at(kSeconds), {"new", "old"}) == Verdict::ok);
  CHECK(verify_omni(by_new, at(kSeconds), {"new", "old"}) == Verdict::ok);
  CHECK(verify_omni(by_old, at(kSeconds), {"new"}) == Verdict::mismatch);
}

TEST_CASE("one good signature among several verifies", "[signature]") {
  const std::string good = jobs::standard_signature("the secret", "evt_1", "1706123456", kBody);
  const std::string other = jobs::standard_signature("another", "evt_1", "1706123456", kBody);
  CHECK(verify_standard(other + " " + good) == Verdict::ok);
  CHECK(verify_standard("v1a,AAAA " + good) == Verdict::ok);
  CHECK(verify_standard(other + " " + other) == Verdict::mismatch);
  CHECK(verify_standard("v1a,AAAA") == Verdict::malformed);
}

TEST_CASE("a header of a form that no sender makes is malformed", "[signature]") {
  const std::string omni = jobs::omni_signature("the secret", "1706123456", kBody);
  std::string upper = omni;
  upper[7] = 'F';
  for (const std::string& signature :
       {std::string(), std::string("sha256="), omni.substr(7), omni + "0", omni.substr(0, omni.size() - 1), " " + omni,
        "sha1=" + omni.substr(7), upper, std::string(5000, ' ') + omni}) {
    INFO(signature);
    CHECK(verify_omni(signature) == Verdict::malformed);
  }
  for (const std::string timestamp :
       {"", "-1", "+1", " 1706123456", "1706123456 ", "17e8", "0x1", "9999999999999999"}) {
    INFO(timestamp);
    CHECK(verify_omni(omni, at(kSeconds), kSecrets, kBody, timestamp) == Verdict::malformed);
  }
  // The largest timestamp that is read overflows nothing.
  CHECK(verify_omni(omni, at(kSeconds), kSecrets, kBody, "999999999999999") == Verdict::stale);
}

TEST_CASE("while a secret is replaced, a request verifies with the new one and with the old one", "[signature]") {
  const Time now = at(kSeconds);
  const auto headers = jobs::signature_headers("the new secret", "evt_1", kBody, now, "whsec_c2VjcmV0");
  const std::map<std::string, std::string> found(headers.begin(), headers.end());
  const jobs::SignedMessage standard = {.id = "evt_1",
                                        .timestamp = found.at("webhook-timestamp"),
                                        .signature = found.at("webhook-signature"),
                                        .body = kBody};
  const auto verified = [&](const std::string& secret) { return verify_signature(standard, std::vector{secret}, now); };
  CHECK(verified("the new secret") == Verdict::ok);
  CHECK(verified("whsec_c2VjcmV0") == Verdict::ok);
  CHECK(verified("another secret") == Verdict::mismatch);
  // The other form has room for one.
  CHECK(verify_omni(found.at("X-Omni-Signature"), now, {"the new secret"}) == Verdict::ok);
  CHECK(verify_omni(found.at("X-Omni-Signature"), now, {"whsec_c2VjcmV0"}) == Verdict::mismatch);
}

TEST_CASE("a whsec_ secret that is not base64 is refused", "[signature]") {
  CHECK_NOTHROW(jobs::standard_signature("whsec_c2VjcmV0", "id", "0", ""));
  for (const std::string secret : {"whsec_", "whsec_!", "whsec_c2Vj cmV0", "whsec_a", "whsec_===="}) {
    INFO(secret);
    CHECK_THROWS_AS(jobs::standard_signature(secret, "id", "0", ""), std::invalid_argument);
  }
  // Without the prefix any bytes are a key, base64 or not.
  CHECK_NOTHROW(jobs::standard_signature("!", "id", "0", ""));
}

TEST_CASE("base64 decodes what it encodes, and nothing else", "[base64]") {
  // RFC 4648 section 10.
  const std::vector<std::pair<std::string, std::string>> known = {{"", ""},
                                                                  {"f", "Zg=="},
                                                                  {"fo", "Zm8="},
                                                                  {"foo", "Zm9v"},
                                                                  {"foob", "Zm9vYg=="},
                                                                  {"fooba", "Zm9vYmE="},
                                                                  {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : known) {
    CHECK(jobs::encode_base64(bytes) == text);
    CHECK(jobs::decode_base64(text) == bytes);
  }
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  CHECK(jobs::decode_base64(jobs::encode_base64(all)) == all);
  CHECK(jobs::decode_base64("Zg") == "f");
  for (const std::string text : {"Z", "Zg=", "Zh==", "=Zg=", "Zg===", "Z===", "Zm9v====", "Zm-v", "Zm_v", "Zm9v\n"}) {
    INFO(text);
    CHECK_FALSE(jobs::decode_base64(text));
  }
}
