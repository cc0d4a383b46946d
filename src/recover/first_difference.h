// Where a file has become another than the one that was loaded.
#pragma once

#include <string>
#include <vector>

#include "onceload/checkpoint/checkpoint_store.h"
#include "recover/input_text.h"

namespace onceload {

// "; the first difference is in chunk 5, bytes 4 to 6": the first chunk of the ledger's that ends
// in this file where the text is another by then. Empty: none. `pieces`: the load's inputs that are
// it.
std::string FirstOtherChunk(InputText& text, const std::vector<std::size_t>& pieces,
                            const std::vector<LedgerChunk>& chunks);

}  // namespace onceload
