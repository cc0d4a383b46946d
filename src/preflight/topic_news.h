// What preflight says and knows of topics that cannot be seen.
#pragma once

namespace onceload {

inline constexpr char kAnotherName[] =
    "check --bootstrap-server; to load everything again, give the load another name with --name; "
    "onceload repair NAME -b ... tells the choices";

}  // namespace onceload
