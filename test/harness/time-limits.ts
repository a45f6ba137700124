/**
 * How long a test waits for something that must come. On an idle machine each wait ends within seconds; with thirty
 * processes for each core it takes that many times longer. A test that passes never waits for the limit.
 */
export const WAIT_LIMIT_MS = 150_000;

/** How long one test or hook may take: several waits, whose message says more than this limit's. */
export const TEST_LIMIT_MS = 4 * WAIT_LIMIT_MS;
