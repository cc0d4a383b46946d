#include "encode/row_template.h"

#include <algorithm>

#include "encode/column_names.h"
#include "encode/encode_limits.h"
#include "onceload/core/error.h"
#include "onceload/core/name_list.h"

namespace onceload {
namespace {

[[noreturn]] void RefuseBrace(const std::string& text) {
  throw Error(ExitCode::kUsage, "a brace that is not closed in --header",
              Quoted(text, kTextShownBytes), "close it; a brace that is text is written {{");
}

}  // namespace

void RowTemplate::AddText(std::string_view text) {
  if (parts_.empty() || parts_.back().kind != Kind::kText) parts_.push_back({});
  parts_.back().text += text;
}

RowTemplate RowTemplate::OfPlace(std::string_view text) {
  RowTemplate made;
  while (!text.empty()) {
    const bool file = text.starts_with(kFilePlace);
    if (file || text.starts_with(kRowPlace)) {
      made.parts_.push_back({file ? Kind::kFile : Kind::kRow, "", 0});
      text.remove_prefix(file ? kFilePlace.size() : kRowPlace.size());
    } else {
      made.AddText(text.substr(0, 1));
      text.remove_prefix(1);
    }
  }
  if (made.parts_.empty()) made.AddText("");
  return made;
}

RowTemplate RowTemplate::OfColumns(const std::string& text,
                                   const std::vector<std::string>& columns) {
  RowTemplate made;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t brace = rest.find('{');
    if (brace != 0) {
      made.AddText(rest.substr(0, brace));
      rest.remove_prefix(std::min(brace, rest.size()));
      continue;
    }
    rest.remove_prefix(1);
    if (rest.starts_with('{')) {
      made.AddText("{");
      rest.remove_prefix(1);
      continue;
    }
    const bool quoted = rest.starts_with('"');
    const std::optional<std::string> name = TakeName(rest, '}');
    if (!name || rest.empty()) RefuseBrace(text);
    rest.remove_prefix(1);
    if (!quoted && (*name == "file" || *name == "row")) {
      made.parts_.push_back({*name == "file" ? Kind::kFile : Kind::kRow, "", 0});
    } else {
      made.parts_.push_back({Kind::kCell, "", IndexOf(columns, *name, "--header")});
    }
  }
  if (made.parts_.empty()) made.AddText("");
  return made;
}

bool RowTemplate::Fill(const Record& record, const RowLayout& layout, std::string_view file,
                       std::string& out) const {
  out.clear();
  for (const Part& part : parts_) {
    switch (part.kind) {
      case Kind::kText:
        out += part.text;
        break;
      case Kind::kFile:
        out += file;
        break;
      case Kind::kRow:
        out += std::to_string(record.row.value);
        break;
      case Kind::kCell: {
        const std::size_t field = layout.field_of_column[part.column];
        if (field != RowLayout::kAbsent && !record.is_null(field)) {
          out += record.fields[field];
        } else if (parts_.size() == 1) {
          return false;
        }
        break;
      }
    }
  }
  return true;
}

std::size_t RowTemplate::PlaceRoom(std::string_view file) const {
  std::size_t room = 0;
  for (const Part& part : parts_) {
    room += part.kind == Kind::kFile  ? file.size()
            : part.kind == Kind::kRow ? kNumberBytesMax
                                      : part.text.size();
  }
  return room;
}

}  // namespace onceload
