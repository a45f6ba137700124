import {ownMetrics} from '../src/supervisor/server/metrics/metrics-text.ts';

const HEAD = `# Gantry's own metrics

<!-- Generated from the table of metrics: npm run generate. -->

\`/metrics\` of the supervisor has its own numbers as Prometheus text (version 0.0.4), besides those of the engine: what is planned,
what is wrong, what it costs.

\`\`\`sh
curl --unix-socket "$(gantry status --json | jq -r .supervisor.socketPath)" http://gantry/metrics
\`\`\`

They are served on a TCP port too if the configuration says so:

\`\`\`yaml
metrics:
  listen: 9464            # 127.0.0.1:9464; 0.0.0.0:9464 for every address of this host
\`\`\`

There is nothing but \`/metrics\` on that port, for reading, without a key: no prompts, no keys, but the name of the host, its GPUs and what
they cost. An address that is in use is a finding (\`supervisor.metrics-not-served\`) and is tried again; the change of the setting
takes effect within seconds. The page is made once a second, however often it is read.

Every series has the label \`simulated\` as well, \`"true"\` for a node of \`gantry demo\`. What is unknown has no series: it is never
zero. Times are in seconds, sizes in bytes, money in USD.

Counters of the ledger are of all that it ever booked, and no setting makes them fall. A \`cost.billedSince\` that is moved forward takes
what was booked before from \`gantry cost\`, and not from the counters; one that is moved back adds its time to both, as
\`unobserved\`. A price applies from when it is set, or from its date if that is later: what was booked keeps its own. So
\`increase(gantry_node_usd_total[30d])\` is right across such changes. They fall only with the file, where it was removed or was damaged and
lost hours (finding \`history.damaged\`).

[grafana.json](grafana.json) is a dashboard of these metrics for Grafana (Dashboards, New, Import): it asks for the Prometheus data source, and
has one node at a time.

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
