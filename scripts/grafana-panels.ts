/** A query and the text of each of its series. */
type Query = {readonly expression: string; readonly legend: string};

/** A panel of the dashboard; its width is in columns of 24. */
export type Panel = {
  readonly title: string;
  readonly description: string;
  readonly kind: 'stat' | 'timeseries' | 'table';
  /** By Grafana's names of units. */
  readonly unit: string;
  readonly width: number;
  readonly height: number;
  readonly queries: readonly Query[];
};

type Row = {readonly title: string; readonly panels: readonly Panel[]};

/** Of the chosen node. */
function of(metric: string, labels = ''): string {
  return `${metric}{instance="$instance"${labels === '' ? '' : `, ${labels}`}}`;
}

function query(expression: string, legend = ''): Query {
  return {expression, legend};
}

function stat(title: string, unit: string, expression: string, legend = '', description = ''): Panel {
  return {title, description, kind: 'stat', unit, width: 4, height: 4, queries: [query(expression, legend)]};
}

function plot(title: string, unit: string, queries: readonly Query[], description = ''): Panel {
  return {title, description, kind: 'timeseries', unit, width: 12, height: 8, queries};
}

function table(title: string, expression: string): Panel {
  return {title, description: '', kind: 'table', unit: 'none', width: 12, height: 6, queries: [query(expression)]};
}

const state: Row = {
  title: 'State',
  panels: [
    stat('Engine', 'none', `${of('gantry_engine_state')} == 1`, '{{state}}'),
    stat('Running for', 's', `time() - ${of('gantry_engine_start_time_seconds')}`),
    stat('Start', 'percentunit', of('gantry_engine_start_progress_ratio'), '', 'How much of the start is done.'),
    stat('Supervisor for', 's', `time() - ${of('gantry_supervisor_start_time_seconds')}`),
    stat('Age of these numbers', 's', `time() - ${of('gantry_snapshot_time_seconds')}`),
    stat('Simulated', 'bool_yes_no', of('gantry_simulated'), '', 'Yes on a node of gantry demo.'),
    plot('Findings', 'none', [query(of('gantry_findings'), '{{severity}}')]),
    plot('State of the engine', 'none', [query(of('gantry_engine_state'), '{{state}}')]),
    table('Findings now', of('gantry_finding')),
    table('Supervisor', of('gantry_supervisor_info')),
    plot('Sources with fresh samples', 'bool_yes_no', [query(of('gantry_source_up'), '{{source}}')]),
  ],
};

const money: Row = {
  title: 'Money',
  panels: [
    plot(
      'Node against API',
      'currencyUSD',
      [
        query(of('gantry_node_usd_per_hour'), 'node per hour'),
        query(of('gantry_api_usd_per_hour'), '{{price_book}} per hour'),
      ],
      'What an hour of the node costs, and what its present traffic would cost at the API.',
    ),
    plot(
      'Tokens per second against break-even',
      'none',
      [
        query(of('gantry_break_even_tokens_per_second'), 'break-even'),
        query(
          `${of('gantry_prompt_tokens_per_second')} + ${of('gantry_generation_tokens_per_second')}`,
          'prompt and generated',
        ),
      ],
      'At break-even the node costs as much as the API, at the present mix.',
    ),
  ],
};

const ledger: Row = {
  title: 'Ledger',
  panels: [
    plot('Spent on the node in a day', 'currencyUSD', [
      query(`increase(${of('gantry_node_usd_total')}[1d])`, '{{state}}'),
    ]),
    plot('Served nobody for', 's', [query(of('gantry_idle_seconds'), 'idle, starting or down')]),
    plot('The same tokens at the API, in a day', 'currencyUSD', [
      query(`increase(${of('gantry_api_usd_total')}[1d])`, '{{price_book}}'),
    ]),
    plot('What the node does', 'percentunit', [
      query(`rate(${of('gantry_node_seconds_total')}[1h])`, '{{state}}'),
      query(`rate(${of('gantry_ledger_gap_seconds_total')}[1h])`, 'unwatched'),
    ]),
    plot('Tokens in a day', 'none', [
      query(`increase(${of('gantry_ledger_tokens_total')}[1d])`, '{{kind}} {{source}}'),
    ]),
  ],
};

const traffic: Row = {
  title: 'Traffic',
  panels: [
    plot('Tokens per second', 'none', [
      query(of('gantry_prompt_tokens_per_second'), 'prompt'),
      query(of('gantry_generation_tokens_per_second'), 'generated'),
    ]),
    plot('Requests', 'none', [
      query(of('gantry_running_requests'), 'running'),
      query(of('gantry_waiting_requests'), 'waiting'),
    ]),
    plot('KV cache in use', 'percentunit', [query(of('gantry_kv_cache_usage_ratio'), 'in use')]),
    plot('Prompt tokens found in the cache', 'percentunit', [
      query(
        `rate(${of('gantry_cached_prompt_tokens_total')}[5m]) / rate(${of('gantry_prompt_tokens_total')}[5m])`,
        'cached',
      ),
    ]),
    plot('Tokens in an hour', 'none', [
      query(`increase(${of('gantry_prompt_tokens_total')}[1h])`, 'prompt'),
      query(`increase(${of('gantry_generation_tokens_total')}[1h])`, 'generated'),
    ]),
    plot('Time to first token', 's', latency('gantry_time_to_first_token')),
    plot('Time between tokens', 's', latency('gantry_inter_token_latency')),
  ],
};

/** The percentiles, and the bounds of the highest one. */
function latency(name: string): readonly Query[] {
  return [
    query(of(`${name}_seconds`), 'p{{percentile}}'),
    query(of(`${name}_lower_bound_seconds`, 'percentile="99"'), 'p{{percentile}} at least'),
    query(of(`${name}_upper_bound_seconds`, 'percentile="99"'), 'p{{percentile}} at most'),
  ];
}

const gpus: Row = {
  title: 'GPUs',
  panels: [
    plot('Memory in use and limit of the plan', 'bytes', [
      query(of('gantry_gpu_memory_used_bytes'), 'GPU {{gpu}}'),
      query(`max(${of('gantry_gpu_budget_limit_bytes')})`, 'limit'),
      query(`max(${of('gantry_gpu_memory_total_bytes')})`, 'total'),
    ]),
    plot(
      'In use beyond the plan',
      'bytes',
      [query(of('gantry_plan_error_bytes'), 'GPU {{gpu}}')],
      'Without what other programs use. A line that rises is memory that grows.',
    ),
    plot('Plan of the fullest GPU', 'bytes', [
      query(`max by (part) (${of('gantry_gpu_budget_bytes')})`, '{{part}}'),
      query(`min(${of('gantry_gpu_memory_free_bytes')})`, 'least free'),
    ]),
    plot('Utilization', 'percentunit', [query(of('gantry_gpu_utilization_ratio'), 'GPU {{gpu}}')]),
    plot('Power', 'watt', [
      query(of('gantry_gpu_power_draw_watts'), 'GPU {{gpu}}'),
      query(`max(${of('gantry_gpu_power_limit_watts')})`, 'limit'),
    ]),
    plot('Temperature', 'celsius', [query(of('gantry_gpu_temperature_celsius'), 'GPU {{gpu}}')]),
    plot('Without a fault', 'bool_yes_no', [query(of('gantry_gpu_healthy'), 'GPU {{gpu}}')]),
    table('Cards', of('gantry_gpu_info')),
  ],
};

/** The dashboard from top to bottom. */
export const dashboardRows: readonly Row[] = [state, money, ledger, traffic, gpus];
