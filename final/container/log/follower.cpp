// SPDX-License-Identifier: MIT
#include "container/log/follower.hpp"

#include <poll.h>

#include <cerrno>

#include "common/error.hpp"
#include "container/store.hpp"

namespace zoomin::container {

namespace {

// How long to wait if the container's lock is held but no monitor listens: a monitor is
// starting, or a command is about to release the lock.
constexpr int retry_ms = 20;

}  // namespace

log_follower::log_follower(std::string id)
    : id_(std::move(id)), watch_(directory_of(id_)) {}

// Connects to the monitor. Returns false if there is none, because the container isn't
// running.
bool log_follower::find_owner() try {
  if (owner_) return true;
  owner_ = control::connect(id_);
  if (owner_) {
    watch_.add(owner_->get());
    owner_->send("wait");
    return true;
  }
  watch_.wake_after(retry_ms);
  return !try_lock(id_);
} catch (const usage_error& failure) {
  if (failure.kind() != failure_kind::not_found) throw;
  return false;  // it has been removed
} catch (const sys::error& failure) {
  if (failure.number() != EPIPE && failure.number() != ECONNRESET) throw;
  owner_.reset();  // the monitor is ending
  watch_.wake_after(retry_ms);
  return true;
}

bool log_follower::update() {
  watch_.clear();
  if (!find_owner()) return false;
  pollfd message{owner_ ? owner_->get() : -1, POLLIN, 0};
  if (::poll(&message, 1, 0) <= 0) return true;
  const auto line = owner_->receive();
  return line && !line->starts_with("ended ");
}

}  // namespace zoomin::container
