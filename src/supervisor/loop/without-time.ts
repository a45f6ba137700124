/** An event before it is stamped; distributes over unions, which a plain Omit would merge. */
export type WithoutTime<T> = T extends unknown ? Omit<T, 'atMs'> : never;
