import {ownMetrics} from '../src/supervisor/server/metrics/metrics-text.ts';

const HEAD = `# Gantry's own metrics

<!-- Generated from the table of metrics: npm run generate. -->

\`/metrics\` of the supervisor has its own numbers as Prometheus text (version 0.0.4), besides those of the engine: what is planned,
what is wrong, what it costs.

\`\`\`sh
curl --unix-socket "$(gantry status --json | jq -r .supervisor.socketPath)" http://gantry/metrics
\`\`\`

Every series has the label \`simulated\` as well, \`"true"\` for a node of \`gantry demo\`. What is unknown has no series: it is never
zero. Times are in seconds, sizes in bytes, money in USD.

| metric | type | labels | what it is |
|---|---|---|---|
`;

/** `docs/metrics.md`: every metric. */
export function metricsPageText(): string {
  const rows = ownMetrics.map(
    ({name, type, labels, help}) => `| \`${name}\` | ${type} | ${labels.map(codeText).join(', ')} | ${help} |\n`,
  );
  return `${HEAD}${rows.join('')}`;
}

function codeText(text: string): string {
  return `\`${text}\``;
}
