import { parseArgs } from 'node:util'
import { table } from './figures.ts'
import { createRig } from './rig.ts'
import { measureThroughput } from './throughput.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    stalls: { type: 'string', default: '500' },
    'in-flight': { type: 'string', default: '64' },
    rounds: { type: 'string', default: '7' },
    passes: { type: 'string', default: '4' },
    profile: { type: 'string' },
  },
})

const rig = createRig()
try {
  const figures = await measureThroughput(rig, {
    stalls: Number(values.stalls),
    inFlight: Number(values['in-flight']),
    rounds: Number(values.rounds),
    passes: Number(values.passes),
    profile: values.profile,
  })
  console.log(
    values.json
      ? JSON.stringify(figures, null, 2)
      : table(
          Object.entries(figures).map(([name, value]) => [
            name,
            typeof value === 'object' ? JSON.stringify(value) : String(value),
          ]),
        ),
  )
} finally {
  await rig.close()
}
