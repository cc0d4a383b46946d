// onceload split

#include <cstdint>
#include <iostream>
#include <thread>

#include "cli/commands.h"
#include "onceload/csv/record_split.h"

namespace onceload {

// As they are, not as people would like to see them: another run reads the lines.
ExitCode RunSplitCommand(const Invocation& invocation) {
  const Request& request = invocation.request;
  const RowRules& rows = request.load.rows;
  const std::uint64_t threads = rows.work.threads < 1
                                    ? std::thread::hardware_concurrency()
                                    : static_cast<std::uint64_t>(rows.work.threads);
  for (const std::string& path : ListInputs(request.inputs).files) {
    if (path.find_first_of("\r\n") != std::string::npos) {
      throw Error(ExitCode::kUsage, "a name with a line end cannot stand in a list", path,
                  "rename the file, or name it by a link");
    }
    const SourceFile file(path, rows.encoding);
    for (const FileRanges& part :
         SplitRecords(file, rows.dialect, request.parts, request.record_bytes_max, threads)) {
      std::cout << part.Name() << "\n";
    }
  }
  return ExitCode::kDone;
}

}  // namespace onceload
