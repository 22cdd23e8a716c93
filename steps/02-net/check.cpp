// SPDX-License-Identifier: MIT
#include "02-net/look.hpp"
