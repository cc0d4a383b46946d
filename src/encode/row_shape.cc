#include "encode/row_shape.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "encode/column_names.h"
#include "encode/encode_limits.h"
#include "encode/json_escape.h"
#include "onceload/core/error.h"

namespace onceload {
namespace {

std::string Escaped(std::string_view text) {
  std::string escaped(kEscapedBytesMax * text.size(), '\0');
  escaped.resize(static_cast<std::size_t>(AppendEscaped(text, escaped.data()) - escaped.data()));
  return escaped;
}

// A member of the object, or the object itself: a cell, a JSON text, or members.
struct Node {
  std::string name;
  std::optional<RowShape::Cell> cell;
  std::string json;
  std::vector<Node> members;
  std::unordered_map<std::string, std::size_t> places;  // of the members, by name
};

Node& AddMember(Node& object, Node member) {
  object.places.emplace(member.name, object.members.size());
  object.members.push_back(std::move(member));
  return object.members.back();
}

[[noreturn]] void Clash(const std::string& name, const std::string& what) {
  throw Error(ExitCode::kUsage, "the JSON name " + Quoted(name, kNameShownBytes) + " " + what, "",
              "give one of them another name with --rename, or leave it out with --drop");
}

// Puts `leaf` where its name, cut at dots if `nested`, says.
void Insert(Node& object, Node leaf, bool nested) {
  const std::string whole = leaf.name;
  Node* at = &object;
  for (std::string_view rest = whole;;) {
    const std::size_t dot = nested ? rest.find('.') : std::string_view::npos;
    const std::string part(rest.substr(0, dot));
    if (nested && part.empty()) Clash(whole, "has an empty part");
    const auto found = at->places.find(part);
    if (dot == std::string_view::npos) {
      if (found != at->places.end()) Clash(whole, "is there twice");
      leaf.name = part;
      AddMember(*at, std::move(leaf));
      return;
    }
    if (found == at->places.end()) {
      at = &AddMember(*at, {part, std::nullopt, "", {}, {}});
    } else {
      at = &at->members[found->second];
      if (at->members.empty()) Clash(whole, "is inside of a name that is a value");
    }
    rest.remove_prefix(dot + 1);
  }
}

// Appends `node` to the shape; `piece` is the piece that is being written.
void Flatten(const Node& node, RowShape& shape, std::string& piece) {
  if (node.cell) {
    const bool quoted = node.cell->type == ColumnType::kString;
    if (quoted) piece += '"';
    shape.cells.push_back(*node.cell);
    shape.pieces.push_back(piece);
    piece.assign(quoted ? 1 : 0, '"');
    return;
  }
  if (!node.json.empty()) {
    piece += node.json;
    return;
  }
  piece += '{';
  for (std::size_t i = 0; i < node.members.size(); ++i) {
    if (i > 0) piece += ',';
    piece.append("\"").append(Escaped(node.members[i].name)).append("\":");
    Flatten(node.members[i], shape, piece);
  }
  piece += '}';
}

}  // namespace

RowShape ShapeOf(const std::vector<std::string>& columns, const std::vector<ColumnType>& types,
                 const RowLayout& layout, const EncodeOptions& options) {
  Node object;
  const std::unordered_set<std::string> drops(options.drops.begin(), options.drops.end());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (drops.contains(columns[i])) continue;
    const auto renamed = options.renames.find(columns[i]);
    Node leaf;
    leaf.name = renamed == options.renames.end() ? columns[i] : renamed->second;
    if (layout.field_of_column[i] == RowLayout::kAbsent) {
      leaf.json = "null";
    } else {
      leaf.cell = RowShape::Cell{layout.field_of_column[i], i, types[i]};
    }
    Insert(object, std::move(leaf), options.nested);
  }
  for (std::size_t i = 0; i < options.constants.size(); ++i) {
    const auto& [name, json] = options.constants[i];
    Node leaf{name, std::nullopt, json, {}, {}};
    const auto& templates = options.templates;
    if (std::find(templates.begin(), templates.end(), name) != templates.end()) {
      leaf.cell = RowShape::Cell{0, 0, ColumnType::kString, i};
    }
    Insert(object, std::move(leaf), options.nested);
  }
  RowShape shape;
  std::string piece;
  Flatten(object, shape, piece);
  shape.pieces.push_back(piece);
  return shape;
}

}  // namespace onceload
