#include "onceload/registry/schema_registry.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>

#include "onceload/core/error.h"
#include "onceload/core/user_info.h"
#include "registry/http_call.h"

namespace onceload {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;

// Between two rounds through the URLs.
constexpr Duration kPauseMin{100};
constexpr Duration kPauseMax{1'000};
// Of one request; a registry that takes longer is as good as gone.
constexpr Duration kCallMost{4'000};
constexpr std::size_t kReasonShownBytes = 400;

constexpr long kOk = 200;
constexpr long kUnauthorized = 401;
constexpr long kForbidden = 403;
constexpr long kNotFound = 404;
constexpr long kConflict = 409;
constexpr long kUnprocessable = 422;

std::string WithoutUser(const std::string& url) {
  const auto [at, size] = UserInfoAt(url, 0);
  return size == 0 ? url : url.substr(0, at) + url.substr(at + size + 1);
}

// Answers that the next registry, or the same one a moment later, may not give.
bool IsPassing(long status) { return status == 408 || status == 429 || status >= 500; }

// What the registry says of a refusal: {"error_code": 40401, "message": "..."}, or a text.
std::string ReasonOf(const HttpAnswer& answer) {
  if (answer.status == 0) return answer.failure;
  std::string reason = "HTTP " + std::to_string(answer.status);
  const json body = json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  if (body.is_object() && body.contains("message") && body["message"].is_string()) {
    std::string message = body["message"].get<std::string>();
    message.resize(std::min(message.size(), kReasonShownBytes));
    reason += ", " + message;
  }
  return reason;
}

struct Refusal {
  std::string what;
  std::string advice;
};

Refusal RefusalOf(long status, const std::string& question) {
  switch (status) {
    case kUnauthorized:
      return {"the schema registry does not know who we are",
              "give basic.auth.user.info=USER:PASSWORD or bearer.auth.token among the client "
              "properties"};
    case kForbidden:
      return {"the schema registry does not allow to " + question,
              "grant the right, or register the schema elsewhere and give --schema-id"};
    case kConflict:
      return {"the schema is not compatible with what the subject has",
              "--use-latest takes the schema that is there; else change this one, or the "
              "subject's compatibility"};
    case kUnprocessable:
      return {"the schema registry does not take the schema", "correct the schema"};
    case kNotFound:
      return {"the schema registry does not have what is needed to " + question,
              "check the URL, --topic and --subject-strategy; --register registers a schema"};
    default:
      return {"the schema registry refuses to " + question, "check its URL and its log"};
  }
}

class HttpRegistry final : public SchemaRegistry {
 public:
  HttpRegistry(RegistrySettings settings, Duration patience)
      : settings_(std::move(settings)), until_(steady_clock::now() + patience) {
    if (settings_.urls.empty()) {
      throw Error(ExitCode::kUsage, "no schema registry", "",
                  "give one with --schema-registry URL, or schema.registry.url among the client "
                  "properties");
    }
    for (std::string& url : settings_.urls) {
      if (!url.starts_with("http://") && !url.starts_with("https://")) {
        throw Error(ExitCode::kUsage, "no URL of a schema registry", WithoutUser(url),
                    "--schema-registry takes one such as https://registry:8081");
      }
      url.resize(url.find_last_not_of('/') + 1);
    }
  }

  MessageSchema ById(std::uint32_t id) override {
    const std::string number = std::to_string(id);
    MessageSchema schema = SchemaIn(Ask("/schemas/ids/" + number, "", "tell schema " + number));
    schema.id = id;
    return schema;
  }

  MessageSchema Latest(const std::string& subject) override {
    const std::string question = "tell the latest schema of subject " + subject;
    const Answer answer =
        Ask("/subjects/" + UrlEscaped(subject) + "/versions/latest", "", question);
    MessageSchema schema = SchemaIn(answer);
    schema.id = IdIn(answer);
    return schema;
  }

  std::optional<MessageSchema> Find(const std::string& subject,
                                    const MessageSchema& schema) override {
    const Answer answer = Ask("/subjects/" + UrlEscaped(subject), BodyOf(schema),
                              "look a schema up under subject " + subject, kNotFound);
    if (answer.status == kNotFound) return std::nullopt;
    return Found(answer, schema);
  }

  MessageSchema Register(const std::string& subject, const MessageSchema& schema) override {
    return Found(Ask("/subjects/" + UrlEscaped(subject) + "/versions", BodyOf(schema),
                     "register a schema under subject " + subject),
                 schema);
  }

 private:
  struct Answer {
    long status = 0;
    json body;
    std::string where;
  };

  static std::string BodyOf(const MessageSchema& schema) {
    json body{{"schema", schema.text}};
    if (schema.type != SchemaType::kAvro) body["schemaType"] = NameOf(schema.type);
    return body.dump();
  }

  // Of all registries in turn, again and again, until one answers for good. `also`: a status that
  // is an answer, too.
  Answer Ask(const std::string& path, const std::string& body, const std::string& question,
             long also = kOk) {
    std::string failures;
    for (Duration pause = kPauseMin;; pause = std::min(2 * pause, kPauseMax)) {
      failures.clear();
      for (const std::string& url : settings_.urls) {
        const HttpAnswer got = CallHttp(settings_, url + path, body, TimeLeft());
        const std::string where = WithoutUser(url);
        if (got.status == kOk || got.status == also) return {got.status, Parsed(got, where), where};
        const bool passing = got.status == 0 ? got.passing : IsPassing(got.status);
        if (!passing && got.status != 0) {
          const Refusal refusal = RefusalOf(got.status, question);
          throw Error(ExitCode::kUsage, refusal.what, where + ": " + ReasonOf(got), refusal.advice);
        }
        if (!passing) {
          throw Error(ExitCode::kUsage, "the schema registry cannot be asked to " + question,
                      where + ": " + ReasonOf(got),
                      "check the URL, and schema.registry.ssl.* among the client properties");
        }
        failures += (failures.empty() ? "" : "; ") + where + ": " + ReasonOf(got);
      }
      if (steady_clock::now() + pause >= until_) break;
      std::this_thread::sleep_for(pause);
    }
    throw Error(ExitCode::kKafka, "no schema registry answers, which was to " + question, failures,
                "start it or correct --schema-registry; nothing was sent: the same command goes "
                "on");
  }

  Duration TimeLeft() const {
    const auto left = std::chrono::duration_cast<Duration>(until_ - steady_clock::now());
    return std::clamp(left, Duration{500}, kCallMost);
  }

  static json Parsed(const HttpAnswer& answer, const std::string& where) {
    json body = json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
    if (!body.is_object() && answer.status == kOk) NoRegistry(where, "its answer is no JSON");
    return body;
  }

  [[noreturn]] static void NoRegistry(const std::string& where, const std::string& why) {
    throw Error(ExitCode::kUsage, "what answers is no schema registry: " + why, where,
                "check the URL; of Apicurio it ends in /apis/ccompat/v7");
  }

  static std::string TextIn(const Answer& answer, const char* member) {
    const auto found = answer.body.find(member);
    return found != answer.body.end() && found->is_string() ? found->get<std::string>() : "";
  }

  static std::uint32_t IdIn(const Answer& answer) {
    const auto found = answer.body.find("id");
    if (found == answer.body.end() || !found->is_number_unsigned() ||
        !std::in_range<std::uint32_t>(found->get<std::uint64_t>())) {
      NoRegistry(answer.where, "there is no id in its answer");
    }
    return found->get<std::uint32_t>();
  }

  static MessageSchema SchemaIn(const Answer& answer) {
    MessageSchema schema;
    const std::string name = TextIn(answer, "schemaType");
    const std::optional<SchemaType> type =
        name.empty() ? SchemaType::kAvro : SchemaTypeFromName(name);
    schema.text = TextIn(answer, "schema");
    if (!type || schema.text.empty()) NoRegistry(answer.where, "there is no schema in its answer");
    const auto references = answer.body.find("references");
    if (references != answer.body.end() && !references->empty()) {
      throw Error(ExitCode::kUsage, "the schema refers to schemas of other subjects", answer.where,
                  "register one that holds all its types itself");
    }
    schema.type = *type;
    schema.guid = TextIn(answer, "guid");
    return schema;
  }

  // Its id is what the registry maps to this text, and to no other: readers will ask it.
  MessageSchema Found(const Answer& answer, const MessageSchema& schema) {
    MessageSchema found = ById(IdIn(answer));
    if (found.type != schema.type || !SameSchemaText(schema.type, found.text, schema.text)) {
      throw Error(ExitCode::kUsage,
                  "the schema registry has another text under the id it gives for the schema",
                  answer.where + ", schema " + std::to_string(found.id),
                  "give --schema-id, or --use-latest");
    }
    if (found.guid.empty()) found.guid = TextIn(answer, "guid");
    return found;
  }

  RegistrySettings settings_;
  const steady_clock::time_point until_;
};

}  // namespace

std::unique_ptr<SchemaRegistry> MakeHttpRegistry(const RegistrySettings& settings,
                                                 Duration patience) {
  return std::make_unique<HttpRegistry>(settings, patience);
}

}  // namespace onceload
