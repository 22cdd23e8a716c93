// SPDX-License-Identifier: MIT
// unit_main: the main function of unit tests, which need neither root nor a host.
#define CATCH_CONFIG_MAIN
#include "support/catch.hpp"
