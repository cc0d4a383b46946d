// Command lines of tests.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "onceload/options/invocation.h"

namespace onceload::options_testing {

// Of the verb that needs nothing but options.
inline Request RequestOf(const Arguments& arguments, Verb verb = kPlan) {
  return ParseArguments(verb, arguments).request;
}

// What the error says; empty: there is none.
inline std::string RefusalOf(const Arguments& arguments, Verb verb = kPlan) {
  try {
    ParseArguments(verb, arguments);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    return error.what();
  }
  return {};
}

// The option that says otherwise than `frozen`, without dashes; empty: none.
inline std::string DifferingOption(const Arguments& arguments, const FrozenEncoding& frozen) {
  try {
    EncodingOf(ParseArguments(kVerify, arguments), &frozen, "load");
  } catch (const Error& error) {
    const std::string what = error.what();
    return what.starts_with("--") ? what.substr(2, what.find(' ') - 2) : what;
  }
  return {};
}

}  // namespace onceload::options_testing
