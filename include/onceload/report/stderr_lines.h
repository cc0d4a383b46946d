// The one place from which lines go to stderr, besides the error that ends a command (cli).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace onceload {

// kWarning: something a person should mend some day. kError: it has ended the command.
enum class NoticeLevel : std::uint8_t { kInfo, kWarning, kError };

// "onceload: ", "onceload: warning: " or "onceload: error: ", and if stderr is journald's, before
// it the priority of the line as sd-daemon(3) has it ("<4>").
std::string LineHead(NoticeLevel level);

// LineHead() and the text, escaped as Printable() does, in one piece.
void TellLine(const std::string& text, NoticeLevel level = NoticeLevel::kInfo);

// `text` as it is, in one piece.
void WriteToStderr(std::string_view text);

// The same past the stream, whose lock another thread may hold while a terminal takes no text.
void WriteToStderrAtOnce(std::string_view text);

}  // namespace onceload
