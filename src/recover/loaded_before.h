// Content that the topic has already, from another load.
#pragma once

#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/core/run_context.h"
#include "onceload/recover/recover.h"

namespace onceload {

// Throws Error(kUsage) if the ledger knows that the text of one of the inputs that are new to the
// load was loaded into the topic under another load's name, whatever the file was called and
// however it was packed.
void RefuseLoadedBefore(const Here& here, const MatchedInputs& matched,
                        const CheckpointStore& store, RunContext& context);

}  // namespace onceload
