/** What a report has a row for. */
export const reportKinds = ['hour', 'day', 'model', 'settings'] as const;
export type ReportKind = (typeof reportKinds)[number];
