#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

extern "C" {
#include "burst.h"
}

size_t sr_burst(const int32_t* sockets, size_t count, const uint8_t* frame, size_t size_bytes, int64_t* taken) {
    size_t incomplete = 0;
    for (size_t i = 0; i < count; ++i) {
        ssize_t sent;
        do {
            sent = send(sockets[i], frame, size_bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
        } while (sent < 0 && errno == EINTR);
        taken[i] = sent < 0 ? -static_cast<int64_t>(errno) : static_cast<int64_t>(sent);
        incomplete += taken[i] != static_cast<int64_t>(size_bytes);
    }
    return incomplete;
}
