// A dry run as text and as JSON.
#pragma once

#include <optional>
#include <ostream>

#include "onceload/csv/dialect_guess.h"
#include "onceload/encode/encode_options.h"
#include "onceload/plan/plan.h"

namespace onceload {

// `encode`: which keys and values are no text, and shown as hexadecimal digits.
void PrintText(const Plan& plan, const EncodeOptions& encode, std::ostream& to);
// `guess`: the dialect that is suggested.
void PrintJson(const Plan& plan, const EncodeOptions& encode,
               const std::optional<DialectGuess>& guess, std::ostream& to);

}  // namespace onceload
