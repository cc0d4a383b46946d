// Content that the topic has already, from another load.
#pragma once

#include <string>
#include <vector>

#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/csv/source_file.h"

namespace onceload {

// Throws Error(kUsage) if the ledger knows that a file with the content of one of `inputs` was
// loaded into the topic under another name. Reads only files that have the size of such a one.
void RefuseLoadedBefore(const CheckpointStore& store, const std::string& load_name,
                        const std::string& topic, const std::vector<InputFile>& inputs,
                        Encoding encoding);

}  // namespace onceload
