// By which rules rows become messages where no option says so. Frozen with a load: a rule that is
// mended applies to loads begun since, so that those under way go on, and are audited, as they were
// begun. What a number stands for never changes.
//
//                               | first (0.1.0)             | second
//   digest of a record          | key, value                | key, value, headers, time if set
//   row without key, spread by  | its number in its file    | its number in the whole load
//   empty line in a file of one | no record                 | a record, if the dialect has an
//   column                      |                           | empty text for null
//   byte order mark before a    | text of the first cell    | a bad row
//   later row                   |                           |
//   empty cell of --timestamp   | the time of sending       | the time the load was begun
//   dead letter                 | cut without a word        | says how long the row is, and where
//                               |                           | the rest lies
#pragma once

#include <cstdint>

namespace onceload {

enum class Rules : std::uint8_t { kFirst = 1, kSecond = 2 };

inline constexpr Rules kNewestRules = Rules::kSecond;

}  // namespace onceload
