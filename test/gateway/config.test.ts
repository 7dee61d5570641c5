import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { DEFAULT_ABSENCE_MS } from '../../gateway/clock/system-clock.ts'
import type { GatewayConfig } from '../../gateway/config.ts'
import { configHelp, readConfig, SPENT_KEEP_MIN_MS, variableOf } from '../../gateway/config.ts'

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function configFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tolbooth-config-'))
  folders.push(folder)
  const file = join(folder, 'tolbooth.json5')
  writeFileSync(file, text)
  return file
}

function config(environment: Record<string, string>): GatewayConfig {
  const read = readConfig({ TOLBOOTH_SITE: 'market-1', ...environment })
  if (!read.ok) throw new Error(read.problems.join('\n'))
  return read.config
}

function problems(environment: Record<string, string>): readonly string[] {
  const read = readConfig({ TOLBOOTH_SITE: 'market-1', ...environment })
  return read.ok ? [] : read.problems
}

describe('the public address', () => {
  test.each([
    ['https://baixe.example', 'https://baixe.example'],
    ['https://BaiXe.example:8443/', 'https://baixe.example:8443'],
    ['http://192.168.1.20:8080', 'http://192.168.1.20:8080'],
    ['http://10.0.0.5', 'http://10.0.0.5'],
    ['http://172.31.0.5', 'http://172.31.0.5'],
    ['http://[fd00::5]:8080', 'http://[fd00::5]:8080'],
    ['http://baixe.local', 'http://baixe.local'],
    ['http://localhost:8080', 'http://localhost:8080'],
  ])('%s is taken', (given, taken) => {
    expect(config({ TOLBOOTH_PUBLIC_URL: given }).publicUrl).toBe(taken)
  })

  test.each([
    'baixe.example',
    'http://baixe.example',
    'http://172.32.0.5',
    'http://10.0.0.5.example.com',
    'http://8.8.8.8',
    'https://baixe.example/app',
    'https://baixe.example/?a',
    'https://baixe.example/#x',
    'https://user:password@baixe.example',
    'ftp://baixe.example',
    'https://',
    `https://${'a'.repeat(80)}.example`,
    '',
  ])('%j is refused', (given) => {
    expect(problems({ TOLBOOTH_PUBLIC_URL: given })).toEqual([
      expect.stringMatching(/^TOLBOOTH_PUBLIC_URL: .*without a path/),
    ])
  })
})

describe('the settings', () => {
  test('have a default each, but for the site’s name', () => {
    expect(config({})).toMatchObject({
      site: 'market-1',
      mqttPort: 1_883,
      httpPort: 8_080,
      currency: 'VND',
      broker: 'embedded',
    })
    expect(readConfig({})).toEqual({ ok: false, problems: [expect.stringMatching(/^TOLBOOTH_SITE: must be set/)] })
  })

  test('are taken from the environment before the file, and from the file before the defaults', () => {
    const file = configFile('{ site: "from-file", mqttPort: 2000, httpPort: 3000 }')
    expect(config({ TOLBOOTH_CONFIG: file, TOLBOOTH_MQTT_PORT: '2001', TOLBOOTH_SITE: 'from-variable' })).toMatchObject(
      {
        site: 'from-variable',
        mqttPort: 2_001,
        httpPort: 3_000,
        groupMax: 64,
      },
    )
  })

  test('may stand in JSON5, in which one may say why', () => {
    const file = configFile(
      "{\n  // the devices' own network\n  mqttHost: '0.0.0.0',\n  language: 'en', /* for the guests */\n}",
    )
    expect(config({ TOLBOOTH_CONFIG: file })).toMatchObject({ mqttHost: '0.0.0.0', language: 'en' })
  })

  test('name files in the data folder, unless they name a whole path', () => {
    const read = config({ TOLBOOTH_DATA_DIR: 'somewhere', TOLBOOTH_KEY_SET_FILE: '/etc/keys.json' })
    expect(read.layoutFile).toBe(join(resolve('somewhere'), 'layout.json'))
    expect(read.keySetFile).toBe('/etc/keys.json')
  })

  test('leave the variables of commands that speak to a running gateway alone', () => {
    expect(problems({ TOLBOOTH_URL: 'http://127.0.0.1:8080', TOLBOOTH_TOKEN: 'tb_x' })).toEqual([])
  })

  test('are each named in the help, with what they may be and what they are when nobody says', () => {
    const help = configHelp()
    for (const name of Object.keys(config({}))) expect(help).toContain(`${variableOf(name)} `)
    expect(help).toMatch(/TOLBOOTH_MODE .* \[live \| training; live\]/)
    expect(help).toMatch(/TOLBOOTH_SEEN_KEEP_MS .* \[3024000000: 35 days\]/)
    expect(help).toMatch(/TOLBOOTH_SITE .* \[must be set\]/)
  })
})

describe('mistakes in the settings', () => {
  test('a setting that stands in a file as in the environment is told how it is spelled there', () => {
    const file = configFile('{ TOLBOOTH_HTTP_PORT: 8080 }')
    expect(problems({ TOLBOOTH_CONFIG: file, TOLBOOTH_SITE: 'market-1' })).toEqual([
      `TOLBOOTH_HTTP_PORT (in ${file}): there is no such setting: in a file it is httpPort`,
    ])
  })

  test('spent tokens are remembered for longer than a clock can be ahead that is believed', () => {
    const given = (ms: number): readonly string[] =>
      problems({ TOLBOOTH_SITE: 'market-1', TOLBOOTH_SPENT_KEEP_MS: String(ms) })
    expect(SPENT_KEEP_MIN_MS).toBeGreaterThan(DEFAULT_ABSENCE_MS)
    expect(given(SPENT_KEEP_MIN_MS - 1)).toEqual([expect.stringContaining('TOLBOOTH_SPENT_KEEP_MS')])
  })

  test('are all told at once, each with where it stands and what would be right', () => {
    const file = configFile('{ mqttPort: 70000, layuotFile: "layout.json", groupMax: "many" }')
    const told = problems({
      TOLBOOTH_CONFIG: file,
      TOLBOOTH_SITE: 'Market 1',
      TOLBOOTH_HTTP_PROT: '80',
      TOLBOOTH_ZONE: 'Asia/Saigon-2',
      TOLBOOTH_BROKER: 'external',
    })
    expect(told).toHaveLength(7)
    expect(told).toEqual(
      expect.arrayContaining([
        `mqttPort (in ${file}): must be a port: a whole number from 0 to 65535`,
        `layuotFile (in ${file}): there is no such setting; layoutFile?`,
        `groupMax (in ${file}): must be a whole number from 1 to 1024`,
        'TOLBOOTH_SITE: must be 1 to 63 of a-z, 0-9 and inner dashes, and not "any"',
        'TOLBOOTH_HTTP_PROT: there is no such setting; TOLBOOTH_HTTP_PORT?',
        'TOLBOOTH_ZONE: must be an IANA zone such as Asia/Ho_Chi_Minh',
        'TOLBOOTH_MQTT_URL: must be set for an external broker',
      ]),
    )
  })

  test.each([
    ['an empty variable is not 0', { TOLBOOTH_MQTT_PORT: '' }, /TOLBOOTH_MQTT_PORT: must be a port/],
    ['a port is whole', { TOLBOOTH_MQTT_PORT: '18.83' }, /must be a port/],
    ['a port is not negative', { TOLBOOTH_HTTP_PORT: '-1' }, /must be a port/],
    ['a port is decimal', { TOLBOOTH_HTTP_PORT: '0x50' }, /must be a port/],
    ['a duration is not words', { TOLBOOTH_SEEN_KEEP_MS: '35 days' }, /must be whole milliseconds from/],
    ['a duration has a floor', { TOLBOOTH_SEEN_KEEP_MS: '1000' }, /must be whole milliseconds from 86400000/],
    ['a queue has a ceiling', { TOLBOOTH_QUEUE_MAX: '100001' }, /must be a whole number from 16 to 100000/],
    ['a mode is one of two', { TOLBOOTH_MODE: 'test' }, /TOLBOOTH_MODE: .*live/],
    ['a URL is of MQTT', { TOLBOOTH_MQTT_URL: 'http://broker' }, /TOLBOOTH_MQTT_URL/],
    ['half of a certificate is none', { TOLBOOTH_MQTT_TLS_CERT_FILE: 'cert.pem' }, /set both or neither/],
    ['half of the pages’ certificate is none', { TOLBOOTH_HTTP_TLS_KEY_FILE: 'key.pem' }, /set both or neither/],
    ['two listeners want two ports', { TOLBOOTH_MQTT_PORT: '8080' }, /each needs a port of its own/],
    ['a currency is three letters', { TOLBOOTH_CURRENCY: 'dong' }, /ISO 4217/],
    ['a site may not be called any', { TOLBOOTH_SITE: 'any' }, /not "any"/],
  ])('%s', (_rule, environment, said) => {
    const told = problems(environment)
    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(said)
  })

  test.each([
    ['is not there', '/nowhere/tolbooth.json', /ENOENT/],
    ['is no JSON', configFile.bind(null, '{ site: '), /JSON5/],
    ['is a list', configFile.bind(null, '[]'), /must be a JSON object/],
  ])('a file that %s is told', (_what, file, said) => {
    const told = problems({ TOLBOOTH_CONFIG: typeof file === 'string' ? file : file() })
    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(said)
  })

  test.each([[true], [null], [[]], [{}], [1.5], ['1e3']])('%j in a file is no number', (value) => {
    const file = configFile(JSON.stringify({ groupMax: value }))
    expect(problems({ TOLBOOTH_CONFIG: file })).toEqual([
      `groupMax (in ${file}): must be a whole number from 1 to 1024`,
    ])
  })

  test('are told without the value, for one of them is a password', () => {
    const told = problems({ TOLBOOTH_MQTT_PASSWORD: '', TOLBOOTH_MODE: 'hunter2' })
    expect(told.join('\n')).not.toContain('hunter2')
  })
})
