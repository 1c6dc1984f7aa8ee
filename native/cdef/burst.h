/* One frame to many sockets, without a turn through Python for each. */

/* Hands the frame to each non-blocking socket in turn. taken[i] becomes the bytes that socket i took, or -errno.
 * Returns how many sockets did not take all of it. */
size_t sr_burst(const int32_t* sockets, size_t count, const uint8_t* frame, size_t size_bytes, int64_t* taken);
