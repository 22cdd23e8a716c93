// SPDX-License-Identifier: MIT
// The main of the tests of pure logic, which need neither root nor a host.
#define CATCH_CONFIG_MAIN
#include "support/catch.hpp"
