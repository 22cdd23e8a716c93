// SPDX-License-Identifier: MIT
#include "registry/session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "registry/challenge.hpp"

namespace zoomin::registry {

using nlohmann::json;

namespace {

using namespace std::chrono_literals;

constexpr int max_attempts = 5;
constexpr auto first_pause = 250ms;
constexpr std::int64_t longest_wait_s = 300;
constexpr std::uint64_t largest_answer = 1UL << 20;

// Returns how long to wait before attempt `number`, counted from 1: as long as the
// registry asks for, or else twice as long as the last time.
std::chrono::milliseconds pause_before(int number, std::int64_t retry_after_s,
                                       const std::string& host) {
  if (retry_after_s > longest_wait_s)
    throw usage_error(
        fmt::format("{} is busy: it asks to wait {} s", host, retry_after_s),
        "try again then");
  if (retry_after_s > 0) return std::chrono::seconds(retry_after_s);
  return first_pause * (1 << (number - 1));
}

// Returns the error message in an answer: {"errors": [{"code", "message"}]}.
std::string error_message_in(const std::string& text) {
  try {
    const auto document = base::parse_json(text, "the answer");
    const auto& error = document.at("errors").at(0);
    const auto code = sys::lower_case(error.value("code", ""));
    auto message = error.value("message", "");
    if (message.empty()) message = code;
    return code.empty() ? message : fmt::format("{}: {}", code, message);
  } catch (const std::exception&) {
    return "";
  }
}

}  // namespace

bool is_busy(long status) {
  return status == 429 || status == 500 || status == 502 || status == 503 ||
         status == 504;
}

session::session(endpoint at, std::vector<std::string> scopes, observer* watching)
    : at_(std::move(at)), scopes_(std::move(scopes)), watching_(watching) {}

connection session::connect(std::function<bool()> is_stopped) {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return {at_.tls, std::move(is_stopped)};
  connection kept = std::move(idle_.back());
  idle_.pop_back();
  kept.stop_if(std::move(is_stopped));
  return kept;
}

void session::keep(connection idle) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(idle));
}

std::string session::base() const {
  const std::lock_guard lock(mutex_);
  return is_plain_ ? "http" + at_.url.substr(at_.url.find("://")) : at_.url;
}

std::string session::authorization() const {
  const std::lock_guard lock(mutex_);
  return authorization_;
}

void session::use_plain_http() {
  const std::lock_guard lock(mutex_);
  is_plain_ = true;
}

bool session::is_own(const std::string& url) const {
  return url.starts_with('/') || url.starts_with(base() + "/");
}

void session::report(const exchange& ended) const {
  const std::string own = host_of(at_.url), answered = host_of(ended.url());
  const std::string& url = ended.sent().url;
  const auto path = url.find('/', url.find("://") + 3);
  watching_->requested({ended.sent().method,
                        path == std::string::npos ? "/" : url.substr(path),
                        answered == own ? "" : answered, ended.status(),
                        std::max(ended.received(), ended.sent().size)});
}

request session::with_header(request wanted, const std::string& authorization) const {
  if (!authorization.empty() && is_own(wanted.url))
    wanted.headers.push_back("Authorization: " + authorization);
  return wanted;
}

std::unique_ptr<exchange> session::send_once(connection& to, const request& wanted) {
  request complete = wanted;
  if (wanted.url.starts_with('/')) complete.url = base() + wanted.url;
  auto answer = std::make_unique<exchange>(to, complete);
  if (watching_ != nullptr)
    answer->at_end([this](const exchange& ended) { report(ended); });
  return answer;
}

// Makes only a TLS handshake, which fails if the registry speaks plain http. The first
// request would find that out later: libcurl parses all certificates of the system even
// if the answer isn't TLS, which takes longer than the rest of a pull of an unchanged
// image.
void session::try_handshake(connection& to, const request& wanted) {
  if (!at_.may_be_plain || !at_.tls.verify || has_tried_handshake_.exchange(true)) return;
  request handshake{wanted.method, base() + wanted.url};
  handshake.handshake_only = true;
  if (scheme_of(handshake.url) == "https") exchange(to, handshake);
}

std::unique_ptr<exchange> session::send(connection& to, const request& wanted) {
  for (int attempt = 1;; ++attempt) {
    const bool is_last = !wanted.repeatable || attempt == max_attempts;
    std::int64_t wait_s = 0;
    try {
      auto answer = send_in_scheme(to, wanted);
      if (!is_busy(answer->status()) || is_last) return answer;
      wait_s = answer->retry_after_s();
    } catch (const http_failure& failure) {
      if (!failure.is_temporary || is_last) throw;
    }
    to.pause(pause_before(attempt, wait_s, at_.host));
  }
}

// Sends a request by https, and again by plain http if the registry speaks only that.
std::unique_ptr<exchange> session::send_in_scheme(connection& to, const request& wanted) {
  const bool is_https = scheme_of(base()) == "https";
  try {
    try_handshake(to, wanted);
    return send_authorized(to, wanted);
  } catch (const http_failure& failure) {
    if (!failure.is_not_tls || !at_.may_be_plain || !is_https) throw;
  }
  use_plain_http();
  return send_authorized(to, wanted);
}

// Sends a request, and again with new credentials if the registry demands them.
std::unique_ptr<exchange> session::send_authorized(connection& to,
                                                   const request& wanted) {
  const std::string used = authorization();
  auto answer = send_once(to, with_header(wanted, used));
  if (answer->status() != 401 || !answer_challenge(to, answer, used)) return answer;
  answer.reset();  // a connection has one exchange at a time
  return send_once(to, with_header(wanted, authorization()));
}

// Answers the challenge in `refused`, and ends that exchange. Returns false if no
// credentials can answer it. `used` is the header that was refused; another thread may
// have replaced it already.
bool session::answer_challenge(connection& to, std::unique_ptr<exchange>& refused,
                               const std::string& used) {
  const std::lock_guard one_at_a_time(token_mutex_);
  if (authorization() != used) return true;
  const auto challenges = parse_challenges(refused->header("www-authenticate"));
  if (!credentials_ && !std::exchange(credentials_known_, true))
    credentials_ = find_credentials(at_.host);
  const auto bearer = std::ranges::find(challenges, "bearer", &challenge::scheme);
  const auto basic = std::ranges::find(challenges, "basic", &challenge::scheme);
  std::string value;
  if (bearer != challenges.end()) {
    refused.reset();  // its connection is used to fetch the token
    value = "Bearer " + fetch_token(to, *bearer);
  } else if (basic != challenges.end() && credentials_) {
    value = "Basic " + to_base64(credentials_->user + ":" + credentials_->password);
    if (value == used) return false;
    refused.reset();
  } else {
    return false;
  }
  const std::lock_guard lock(mutex_);
  authorization_ = value;
  return true;
}

// Makes the request for a token. With an identity token it is a "refresh_token" request
// of OAuth 2.
request session::token_request(const challenge& bearer) {
  const auto value = [&](const char* name) {
    const auto found = bearer.parameters.find(name);
    return found == bearer.parameters.end() ? "" : found->second;
  };
  const std::string realm = value("realm");
  if (scheme_of(base()) == "https" && scheme_of(realm) != "https")
    throw usage_error(fmt::format("{} sends logins to {}, which isn't https", at_.host,
                                  sys::quote(realm)));
  std::string query = "service=" + url_encoded(value("service"));
  for (const auto& scope : scopes_) query += "&scope=" + url_encoded(scope);
  if (credentials_ && !credentials_->identity_token.empty())
    return {"POST",
            realm,
            {"Content-Type: application/x-www-form-urlencoded"},
            "grant_type=refresh_token&client_id=zoomin&" + query +
                "&refresh_token=" + url_encoded(credentials_->identity_token)};
  request wanted;
  wanted.url = realm + (realm.find('?') == std::string::npos ? "?" : "&") + query;
  if (credentials_) {
    wanted.url += "&account=" + url_encoded(credentials_->user);
    wanted.headers.push_back(
        "Authorization: Basic " +
        to_base64(credentials_->user + ":" + credentials_->password));
  }
  return wanted;
}

std::string session::fetch_token(connection& to, const challenge& bearer) {
  const auto answer = send_once(to, token_request(bearer));
  if (answer->status() != 200) refuse(*answer, fmt::format("log in to {}", at_.host));
  try {
    const auto document = base::parse_json(answer->text(largest_answer), "the token");
    const auto token = document.value("token", document.value("access_token", ""));
    if (!token.empty()) return token;
  } catch (const json::exception&) {
    // The message below covers this case.
  }
  throw usage_error(fmt::format("{}: the answer has no token", host_of(answer->url())));
}

void refuse(exchange& answer, const std::string& action) {
  const long status = answer.status();
  const std::string host = host_of(answer.sent().url);
  std::string words;
  try {
    words = error_message_in(answer.text(largest_answer));
  } catch (const usage_error&) {
    // Only the status is reported.
  }
  if (words.empty()) words = fmt::format("HTTP status {}", status);
  const bool denied = (status == 401 || status == 403) && !action.starts_with("log in");
  throw usage_error(status == 404 ? failure_kind::not_found : failure_kind::invalid,
                    fmt::format("can't {}: {} answered: {}", action, host, words),
                    denied ? "log in first: zoomin login " + host : "");
}

}  // namespace zoomin::registry
