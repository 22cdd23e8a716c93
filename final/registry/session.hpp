// SPDX-License-Identifier: MIT
// session: sends requests to one repository of a registry, authenticates, and repeats
// requests that may succeed later: the OCI's distribution-spec, spec.md.
//
// The first request has no credentials. A registry that requires them answers 401 with a
// challenge: "Basic", or "Bearer" with the address of a token server. The resulting
// header is kept for later requests. Several threads may use a session, each with its own
// connection.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "registry/credentials.hpp"
#include "registry/http.hpp"
#include "registry/observer.hpp"
#include "registry/remote.hpp"

namespace zoomin::registry {

class session {
 public:
  // `scopes` are the scopes to request for a token: "repository:library/web:pull".
  // `watching` is borrowed, and may be nullptr.
  session(endpoint at, std::vector<std::string> scopes, observer* watching);
  // Uses these credentials instead of the stored ones.
  void use(const credentials& login) { credentials_ = login; }

  // Returns a connection that was kept, or else a new one.
  [[nodiscard]] connection connect(std::function<bool()> is_stopped);
  // Keeps a connection without an exchange for later. A new one would cost a TLS
  // handshake and the time to parse the system's certificates.
  void keep(connection idle);
  [[nodiscard]] const std::string& host() const { return at_.host; }

  // Sends a request, whose `url` is a path, "/v2/…", or an absolute URL on this registry.
  // Repeats it if the registry is busy (429, 5xx) or the connection breaks. Returns the
  // answer with any other status. Throws http_failure, usage_error, base::cancelled.
  std::unique_ptr<exchange> send(connection& to, const request& wanted);

 private:
  std::unique_ptr<exchange> send_in_scheme(connection& to, const request& wanted);
  std::unique_ptr<exchange> send_authorized(connection& to, const request& wanted);
  std::unique_ptr<exchange> send_once(connection& to, const request& wanted);
  void try_handshake(connection& to, const request& wanted);
  bool answer_challenge(connection& to, std::unique_ptr<exchange>& refused,
                        const std::string& used);
  std::string fetch_token(connection& to, const struct challenge& bearer);
  request token_request(const struct challenge& bearer);
  // Returns the request with the credentials, unless it goes to another server.
  request with_header(request wanted, const std::string& authorization) const;
  std::string base() const;
  void use_plain_http();
  // Returns true for a URL of this registry. Other servers get no credentials.
  bool is_own(const std::string& url) const;
  std::string authorization() const;
  void report(const exchange& ended) const;

  endpoint at_;
  std::vector<std::string> scopes_;
  observer* watching_;
  std::optional<credentials> credentials_;
  bool credentials_known_ = false;
  mutable std::mutex mutex_;  // for the members below
  std::vector<connection> idle_;
  std::mutex token_mutex_;     // held while a token is fetched
  std::string authorization_;  // the header's value
  bool is_plain_ = false;
  std::atomic<bool> has_tried_handshake_ = false;
};

// Returns true for a status after which the same request may succeed later.
bool is_busy(long status);

// Throws usage_error for an answer that isn't a success, with the registry's message.
// `action` is what was requested: "push web:1".
[[noreturn]] void refuse(exchange& answer, const std::string& action);

}  // namespace zoomin::registry
