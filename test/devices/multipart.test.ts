import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PART_HEAD_BYTES_MAX, PARTS_MAX, readMultipart } from '../../devices/multipart.ts'

const TYPE = 'multipart/form-data; boundary=boundary'

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}

function text(part: Uint8Array): string {
  return Buffer.from(part).toString('latin1')
}

function part(name: string, content: string): string {
  return `--boundary\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`
}

function read(body: string, type = TYPE) {
  const parts = readMultipart(type, bytes(body))
  return parts.ok ? parts.value.map((one) => ({ ...one, bytes: text(one.bytes) })) : parts
}

describe('a form', () => {
  it('is taken apart as cameras write it', () => {
    const body = [
      '--boundary\r\nContent-Disposition: form-data; name="anpr.xml"; filename="anpr.xml"\r\n',
      'Content-Type: text/xml; charset="UTF-8"\r\nContent-Length: 4\r\n\r\n<a/>\r\n',
      '--boundary\r\nContent-Disposition: form-data;name="licensePlatePicture.jpg";filename="licensePlatePicture.jpg"\r\n',
      'Content-Type: image/pjpeg\r\nContent-Length: 0\r\nContent-ID: licensePlatePicture\r\n\r\n\r\n--boundary--\r\n',
    ].join('')
    expect(read(body)).toEqual([
      { name: 'anpr.xml', contentType: 'text/xml', bytes: '<a/>' },
      { name: 'licensePlatePicture.jpg', contentType: 'image/pjpeg', bytes: '' },
    ])
  })

  it('may have a boundary in quotes, words before its parts, and parts without a head', () => {
    expect(read('hello\r\n--b o\r\n\r\nx\r\n--b o--', 'multipart/form-data; boundary="b o"')).toEqual([
      { name: '', contentType: '', bytes: 'x' },
    ])
  })

  it('may end its lines with a line feed alone', () => {
    expect(read('--boundary\nContent-Disposition: form-data; name=a\n\nx\n--boundary--\n')).toEqual([
      { name: 'a', contentType: '', bytes: 'x' },
    ])
  })

  it('is not cut at a boundary in the middle of a line or at the beginning of a longer word', () => {
    const content = 'x--boundary\r\n--boundaryx\r\ny'
    expect(read(`${part('a', content)}--boundary--`)).toEqual([{ name: 'a', contentType: '', bytes: content }])
  })

  it('gives views and no copies', () => {
    const body = bytes(`${part('a', 'x'.repeat(1_000))}--boundary--`)
    const parts = readMultipart(TYPE, body)
    expect(parts.ok && parts.value[0]?.bytes.buffer).toBe(body.buffer)
  })

  it.each([
    ['of no boundary', part('a', 'x'), 'multipart/form-data', 'the content type names no boundary'],
    ['of an empty boundary', part('a', 'x'), 'multipart/form-data; boundary=""', 'the content type names no boundary'],
    [
      'of a boundary of 71 characters',
      '',
      `multipart/form-data; boundary=${'b'.repeat(71)}`,
      'the content type names no boundary',
    ],
    [
      'of a boundary with a line break',
      '',
      'multipart/form-data; boundary="b\r\nb"',
      'the content type names no boundary',
    ],
    ['that is empty', '', TYPE, 'the body ends before its last boundary'],
    ['that ends too soon', part('a', 'x'), TYPE, 'the body ends before its last boundary'],
    ['with a head that never ends', '--boundary\r\nName: x\r\n--boundary--', TYPE, 'a part has no end of its head'],
  ])('%s is refused', (_what, body, type, detail) => {
    expect(read(body, type)).toEqual({ ok: false, refusal: 'wrong-schema', detail })
  })

  it('has as many parts as there may be, and not one more', () => {
    const most = Array.from({ length: PARTS_MAX }, (_none, index) => part(`p${index}`, 'x')).join('')
    expect(read(`${most}--boundary--`)).toHaveLength(PARTS_MAX)
    expect(read(`${most}${part('one-more', 'x')}--boundary--`)).toMatchObject({ refusal: 'too-large' })
  })

  it('has a head of a part as long as it may be, and not one byte longer', () => {
    const fixed = '--boundary\r\nX: \r\n\r\n'.length - '--boundary\r\n'.length
    const head = (length: number) => `--boundary\r\nX: ${'x'.repeat(length - fixed)}\r\n\r\n`
    expect(read(`${head(PART_HEAD_BYTES_MAX)}${'y'.repeat(9)}\r\n--boundary--`)).toMatchObject([{ bytes: 'yyyyyyyyy' }])
    expect(read(`${head(PART_HEAD_BYTES_MAX + 1)}y\r\n--boundary--`)).toMatchObject({ refusal: 'too-large' })
  })

  it('that a browser would send is read as a browser would', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: PARTS_MAX }),
        async (contents) => {
          const form = new FormData()
          contents.forEach((content, index) => {
            form.append(`part-${index}`, new Blob([new Uint8Array(content)], { type: 'image/jpeg' }), `${index}.jpg`)
          })
          const request = new Request('http://camera/', { method: 'POST', body: form })
          const type = request.headers.get('content-type') ?? ''
          const parts = readMultipart(type, new Uint8Array(await request.arrayBuffer()))
          expect(parts.ok && parts.value.map((one) => [one.name, one.contentType, [...one.bytes]])).toEqual(
            contents.map((content, index) => [`part-${index}`, 'image/jpeg', [...content]]),
          )
        },
      ),
      { numRuns: 100 },
    )
  })

  it('never makes it throw', () => {
    const piece = fc.constantFrom(
      '--boundary',
      '--',
      '\r\n',
      '\n',
      '\r',
      'Content-Disposition: ',
      'name="',
      '"',
      'x',
      ';',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.string({ maxLength: 40 }), (pieces, type) => {
        readMultipart(TYPE, bytes(pieces.join('')))
        readMultipart(`multipart/form-data; boundary=${type}`, bytes(pieces.join('')))
      }),
      { numRuns: 2_000 },
    )
  })
})
