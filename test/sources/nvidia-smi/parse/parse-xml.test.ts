import {describe, expect, test} from 'vitest';
import {parseXml} from '../../../../src/sources/nvidia-smi/parse/parse-xml.ts';

const MIB = 1024 ** 2;
const document = (gpus: string, head = '<driver_version>580.1</driver_version><cuda_version>13.0</cuda_version>') =>
  `<?xml version="1.0" ?>\n<nvidia_smi_log>${head}<attached_gpus>2</attached_gpus>${gpus}</nvidia_smi_log>\n`;
const gpu = (inner: string, id = '00000000:01:00.0') => `<gpu id="${id}">${inner}</gpu>`;
const cellsOf = (inner: string) => parseXml(document(gpu(inner)))?.cards[0]?.cells ?? {};
const named = (name: string, inner: string) => `<${name}>${inner}</${name}>`;

describe('documents', () => {
  test('other text is not a document', () => {
    expect(parseXml('')).toBeNull();
    expect(parseXml('</gpu>')).toBeNull();
    expect(parseXml('<html></html>')).toBeNull();
  });

  test('a document without cards is complete', () => {
    expect(parseXml(document(''))).toEqual({
      driverVersion: '580.1',
      cudaVersion: '13.0',
      attachedCount: 2,
      cards: [],
      processes: [],
      isCut: false,
    });
  });

  test('a kernel mode driver and a CUDA version of its own name are versions too', () => {
    const report = parseXml(document('', '<kmd_version>610.2</kmd_version><cuda_umd_version>14.1</cuda_umd_version>'));
    expect([report?.driverVersion, report?.cudaVersion]).toEqual(['610.2', '14.1']);
    expect(parseXml('<nvidia_smi_log></nvidia_smi_log>')?.driverVersion).toHaveProperty('absent');
  });

  test('the newest complete one counts, also before one that is cut off', () => {
    const text = document(gpu(named('uuid', 'GPU-1'))) + document(gpu(named('uuid', 'GPU-2')));
    const cut = `<nvidia_smi_log>${gpu(named('uuid', 'GPU-3'))}`;
    const report = parseXml(text + cut);
    expect(report?.isCut).toBe(false);
    expect(report?.cards.map(({cells}) => cells['uuid'])).toEqual(['GPU-2']);
  });

  test('one that is cut off has its complete cards', () => {
    const whole = `text\n<nvidia_smi_log>${gpu(named('uuid', 'GPU-1'))}${gpu(named('uuid', 'GPU-2'))}<gpu id="3"><uuid>GPU-`;
    const report = parseXml(whole);
    expect(report?.isCut).toBe(true);
    expect(report?.cards.map(({cells}) => cells['uuid'])).toEqual(['GPU-1', 'GPU-2']);
  });

  test('one that is cut off in its first card has none', () => {
    expect(parseXml('</gpu><nvidia_smi_log><gpu id="0"><uuid>GPU')).toMatchObject({cards: [], isCut: true});
    expect(parseXml('<nvidia_smi_log><driver_version>5')).toMatchObject({cards: [], isCut: true});
  });

  test('one that is cut off behind its only card has it', () => {
    const cut = `<nvidia_smi_log>${gpu(named('uuid', 'GPU-1'))}`;
    expect(parseXml(cut)).toMatchObject({cards: [{cells: {uuid: 'GPU-1'}}], isCut: true});
    expect(parseXml('<nvidia_smi_log></gpu>')).toMatchObject({cards: [], isCut: true});
  });

  test('one that is not valid counts as cut off', () => {
    expect(parseXml('<nvidia_smi_log <a></nvidia_smi_log>')).toMatchObject({cards: []});
  });
});

describe('the cells of a card', () => {
  test('have the names of the query', () => {
    expect(
      cellsOf(
        [
          named('uuid', 'GPU-1'),
          named('product_name', ' NVIDIA H100 '),
          named('pci', named('pci_bus_id', '00000000:02:00.0')),
          named(
            'fb_memory_usage',
            '<total>4 MiB</total><used>1 MiB</used><free>2 MiB</free><reserved>1 MiB</reserved>',
          ),
          named('utilization', '<gpu_util>5 %</gpu_util><memory_util>6 %</memory_util>'),
          named('temperature', '<gpu_temp>40 C</gpu_temp><memory_temp>50 C</memory_temp>'),
          named('clocks', '<sm_clock>345 MHz</sm_clock>'),
          named('performance_state', 'P0'),
          named('persistence_mode', 'Enabled'),
          named('mig_mode', '<current_mig>Disabled</current_mig>'),
          named(
            'fabric',
            '<state>Completed</state><status>Success</status><health><summary>Healthy</summary></health>',
          ),
          named('gpu_recovery_action', 'None'),
          named(
            'remapped_rows',
            '<remapped_row_pending>No</remapped_row_pending><remapped_row_failure>Yes</remapped_row_failure>',
          ),
        ].join(''),
      ),
    ).toEqual({
      uuid: 'GPU-1',
      name: 'NVIDIA H100',
      'pci.bus_id': '00000000:02:00.0',
      'memory.total': '4 MiB',
      'memory.used': '1 MiB',
      'memory.free': '2 MiB',
      'memory.reserved': '1 MiB',
      'utilization.gpu': '5 %',
      'utilization.memory': '6 %',
      'temperature.gpu': '40 C',
      'temperature.memory': '50 C',
      'clocks.sm': '345 MHz',
      pstate: 'P0',
      persistence_mode: 'Enabled',
      'mig.mode.current': 'Disabled',
      'fabric.state': 'Completed',
      'fabric.status': 'Success',
      'fabric.health.summary': 'Healthy',
      gpu_recovery_action: 'None',
      'remapped_rows.pending': 'No',
      'remapped_rows.failure': 'Yes',
    });
  });

  test('a card that reports nothing has its address', () => {
    expect(cellsOf('')).toEqual({'pci.bus_id': '00000000:01:00.0'});
    expect(cellsOf('<x>1</x>')).toEqual({'pci.bus_id': '00000000:01:00.0'});
  });

  test('the text of a collapsed block applies to everything in it', () => {
    const cells = cellsOf(named('fb_memory_usage', 'GPU is lost') + named('fabric', '<health>N/A</health>'));
    expect([cells['memory.total'], cells['memory.free'], cells['fabric.health.summary']]).toEqual([
      'GPU is lost',
      'GPU is lost',
      'N/A',
    ]);
  });

  test.each([
    ['power_readings', 'power_draw'],
    ['gpu_power_readings', 'power_draw'],
    ['gpu_power_readings', 'average_power_draw'],
    ['gpu_power_readings', 'instant_power_draw'],
  ])('the power draw is in %s, %s', (block, name) => {
    expect(cellsOf(named(block, named(name, '70 W')))['power.draw']).toBe('70 W');
  });

  test('the first power value counts, or the text if there is no value', () => {
    const draws = (average: string, instant: string) =>
      named('gpu_power_readings', named('average_power_draw', average) + named('instant_power_draw', instant));
    expect(cellsOf(draws('N/A', '71 W'))['power.draw']).toBe('71 W');
    expect(cellsOf(draws('70 W', '71 W'))['power.draw']).toBe('70 W');
    expect(cellsOf(draws('N/A', 'GPU is lost'))['power.draw']).toBe('N/A');
    expect(cellsOf(named('power_readings', named('power_draw', 'N/A')))['power.draw']).toBe('N/A');
    expect(cellsOf('')['power.draw']).toBeUndefined();
  });

  test.each([
    ['power_readings', 'enforced_power_limit'],
    ['gpu_power_readings', 'current_power_limit'],
  ])('the power limit is in %s, %s', (block, name) => {
    expect(cellsOf(named(block, named(name, '700 W')))['enforced.power.limit']).toBe('700 W');
  });

  test('older branches have the performance state among the power readings', () => {
    expect(cellsOf('<power_readings><power_state>P8</power_state></power_readings>')['pstate']).toBe('P8');
  });

  test.each(['pending_blacklist', 'pending_retirement'])('pending pages are in %s', (name) => {
    expect(cellsOf(named('retired_pages', named(name, 'Yes')))['retired_pages.pending']).toBe('Yes');
  });
});

describe('uncorrected errors', () => {
  const count = (volatile: string) =>
    cellsOf(named('ecc_errors', named('volatile', volatile)))['ecc.errors.uncorrected.volatile.total'];

  test('are one total in older branches', () => {
    expect(count('<double_bit><total>3</total></double_bit><sram_uncorrectable>9</sram_uncorrectable>')).toBe('3');
  });

  test('are the sum of their parts in newer ones', () => {
    expect(count('<sram_uncorrectable>1</sram_uncorrectable><dram_uncorrectable>2</dram_uncorrectable>')).toBe('3');
    expect(
      count(
        '<sram_uncorrectable_parity>4</sram_uncorrectable_parity><sram_uncorrectable_secded>8</sram_uncorrectable_secded><dram_uncorrectable>N/A</dram_uncorrectable>',
      ),
    ).toBe('12');
  });

  test('that cannot be counted give the text; without any there is no cell', () => {
    expect(count('<sram_uncorrectable>N/A</sram_uncorrectable>')).toBe('N/A');
    expect(count('<other>1</other>')).toBeUndefined();
  });
});

test.each(['event', 'throttle'])('the clock %s reasons become a mask', (word) => {
  const block = named(`clocks_${word}_reasons`, named(`clocks_${word}_reason_sw_power_cap`, ' Active '));
  expect(cellsOf(block)['clocks_event_reasons.active']).toBe('0x4');
});

test('MIG devices have their instances and memory', () => {
  const device = named(
    'mig_device',
    '<gpu_instance_id>7</gpu_instance_id><compute_instance_id>1</compute_instance_id><fb_memory_usage><total>4 MiB</total><used>1 MiB</used><free>3 MiB</free></fb_memory_usage>',
  );
  expect(parseXml(document(gpu(named('mig_devices', device))))?.cards[0]?.migInstances).toEqual([
    {gpuInstanceId: 7, computeInstanceId: 1, memoryTotalBytes: 4 * MIB, memoryUsedBytes: MIB, memoryFreeBytes: 3 * MIB},
  ]);
  expect(parseXml(document(gpu(named('mig_devices', 'None'))))?.cards[0]?.migInstances).toEqual([]);
});

test('processes have the identity of their card; one without a process id is skipped', () => {
  const entry = (pid: string) =>
    named('process_info', `<pid>${pid}</pid><process_name>python</process_name><used_memory>5 MiB</used_memory>`);
  const report = parseXml(document(gpu(named('uuid', 'GPU-1') + named('processes', entry('12') + entry('N/A')))));
  expect(report?.processes).toEqual([{pid: 12, name: 'python', usedBytes: 5 * MIB, gpuUuid: 'GPU-1'}]);
  const one = parseXml(document(gpu(named('uuid', 'GPU-1') + named('processes', entry('12')))))?.processes;
  expect(one).toEqual(report?.processes);
});

test('the link to the host is the one of the GPU, and clocks have their limits', () => {
  const link = named(
    'pcie_gen',
    '<max_link_gen>5</max_link_gen><current_link_gen>4</current_link_gen><device_current_link_gen>3</device_current_link_gen>',
  );
  const widths = named(
    'link_widths',
    '<max_link_width>16x</max_link_width><current_link_width>8x</current_link_width>',
  );
  const pci = named('pci', named('pci_gpu_link_info', link + widths));
  const clocks =
    '<clocks><mem_clock>345 MHz</mem_clock></clocks><max_clocks><mem_clock>3201 MHz</mem_clock></max_clocks>';
  expect(cellsOf(pci + clocks)).toMatchObject({
    'pcie.link.gen.current': '3',
    'pcie.link.gen.max': '5',
    'pcie.link.width.current': '8x',
    'pcie.link.width.max': '16x',
    'clocks.mem': '345 MHz',
    'clocks.max.mem': '3201 MHz',
  });
});
