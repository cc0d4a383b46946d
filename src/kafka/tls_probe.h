// Whether TLS is spoken at an address.
#pragma once

#include <string>

#include "onceload/core/clock.h"

namespace onceload {

// Sends the first message of a handshake to HOST:PORT and looks at the answer's first byte. A Kafka
// client without TLS learns from such a port no more than that it hangs up, as a broker does that
// is starting behind a forwarder. False too if nothing answers within `wait`.
bool SpeaksTls(const std::string& address, Duration wait);

}  // namespace onceload
