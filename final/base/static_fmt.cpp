// SPDX-License-Identifier: MIT
// What fmt's shared library holds, made part of the program: one library less to load.
#include <fmt/format-inl.h>

template fmt::detail::thousands_sep_result<char> fmt::detail::thousands_sep_impl<char>(
    fmt::detail::locale_ref);
template std::locale fmt::detail::locale_ref::get<std::locale>() const;
template char fmt::detail::decimal_point_impl(fmt::detail::locale_ref);
