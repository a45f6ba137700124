/** Bytes in one KiB (2^10). */
export const BYTES_PER_KIB = 1024;
/** Bytes in one MiB (2^20): the unit nvidia-smi prints. */
export const BYTES_PER_MIB = 1024 ** 2;
/** Bytes in one GiB (2^30): the unit every screen shows. */
export const BYTES_PER_GIB = 1024 ** 3;
/** Bytes in one decimal GB (10^9): the unit of vendor GPU sizes and of the published guide. */
export const BYTES_PER_GB = 1e9;
/** Milliseconds in one day. */
export const MS_PER_DAY = 86_400_000;
/** Milliseconds in one hour. */
export const MS_PER_HOUR = 3_600_000;
/** Milliseconds in one minute. */
export const MS_PER_MINUTE = 60_000;
/** Milliseconds in one second. */
export const MS_PER_SECOND = 1000;
/** Seconds in one hour. */
export const SECONDS_PER_HOUR = 3600;
