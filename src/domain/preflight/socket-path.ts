/** sun_path of unix(7) holds 108 bytes, including the final NUL. */
export const MAX_SOCKET_PATH_BYTES = 107;
