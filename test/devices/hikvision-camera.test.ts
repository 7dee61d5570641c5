import { describe, expect, it } from 'vitest'
import { MESSAGE_BYTES_MAX, NESTING_MAX } from '../../devices/bounded-json.ts'
import { readXml, wordsOf } from '../../devices/bounded-xml.ts'
import { hikvisionCamera } from '../../devices/hikvision-camera/hikvision-camera.ts'
import {
  NOTIFICATION_BYTES_MAX,
  parseNotification,
  readNotification,
} from '../../devices/hikvision-camera/notification.ts'
import { fixturesOf } from './fixtures.ts'

const { address, messages } = fixturesOf('hikvision-camera')
const FORM = 'multipart/form-data; boundary=boundary'
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0x0d, 0x0a, 0x2d, 0x2d, 0xff, 0xd9)

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** As these cameras post it: https://pastebin.com/raw/z5Bzjthh and the log in https://github.com/maciej-or/hikvision_next/issues/117. */
function posted(
  xml: string,
  pictures: readonly string[] = ['licensePlatePicture.jpg', 'vehiclePicture.jpg'],
): Uint8Array {
  const alert = utf8(xml)
  return Buffer.concat([
    utf8('--boundary\r\nContent-Disposition: form-data; name="anpr.xml"; filename="anpr.xml"\r\n'),
    utf8(`Content-Type: text/xml; charset="UTF-8"\r\nContent-Length: ${alert.length}\r\n\r\n`),
    alert,
    ...pictures.flatMap((name) => [
      utf8(`\r\n--boundary\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\n`),
      utf8(`Content-Type: image/pjpeg\r\nContent-Length: ${JPEG.length}\r\n\r\n`),
      JPEG,
    ]),
    utf8('\r\n--boundary--\r\n'),
  ])
}

describe('what a Hikvision camera posts', () => {
  it.each(messages)('means the same in a form with pictures as by itself: $name', ({ payload, parsed }) => {
    expect(parseNotification(address, FORM, posted(payload))).toEqual(parsed)
    expect(parseNotification(address, 'application/xml; charset="UTF-8"', utf8(payload))).toEqual(parsed)
    expect(parseNotification(address, 'text/xml', utf8(payload))).toEqual(parsed)
  })

  it('has its pictures beside it, byte for byte', () => {
    const read = readNotification(FORM, posted(messages[0]?.payload ?? ''))
    expect(read.ok && read.value.pictures.map(({ name, bytes }) => [name, [...bytes]])).toEqual([
      ['licensePlatePicture.jpg', [...JPEG]],
      ['vehiclePicture.jpg', [...JPEG]],
    ])
  })

  it('is found by its type or by its name, and needs one of them', () => {
    const form = (head: string) => utf8(`--boundary\r\n${head}\r\n\r\n<a/>\r\n--boundary--`)
    expect(readNotification(FORM, form('Content-Disposition: form-data; name="anpr.xml"')).ok).toBe(true)
    expect(readNotification(FORM, form('Content-Type: application/xml')).ok).toBe(true)
    expect(readNotification(FORM, form('Content-Type: image/jpeg'))).toEqual({
      ok: false,
      refusal: 'wrong-schema',
      detail: 'no part of the form is XML',
    })
  })

  it('is refused in another format, with what to set', () => {
    for (const type of ['application/json', '', 'text/plain', 'multipart/mixed; boundary=boundary']) {
      expect(parseNotification(address, type, utf8('{}'))).toMatchObject({ ok: false, refusal: 'wrong-media-type' })
    }
  })

  it('ends at 4 MiB', () => {
    const body = Buffer.alloc(NOTIFICATION_BYTES_MAX + 1)
    expect(readNotification(FORM, body)).toMatchObject({ refusal: 'too-large' })
    expect(readNotification(FORM, body.subarray(1))).toMatchObject({ refusal: 'wrong-schema' })
  })

  it('is refused in a form that cannot be read', () => {
    expect(parseNotification(address, 'multipart/form-data; boundary=other', posted('<a/>'))).toMatchObject({
      refusal: 'wrong-schema',
    })
  })

  it('is read on its one topic only', () => {
    expect(hikvisionCamera.parse(address, 'tolbooth/v1/cho-dem/lane-in-cam/status', utf8('online'))).toMatchObject({
      refusal: 'unknown-topic',
    })
  })
})

describe('XML', () => {
  const nested = (levels: number): Uint8Array => utf8(`${'<a>'.repeat(levels)}${'</a>'.repeat(levels)}`)

  it('may nest so deep, and no deeper', () => {
    expect(readXml(nested(NESTING_MAX)).ok).toBe(true)
    expect(readXml(nested(NESTING_MAX + 1))).toMatchObject({ refusal: 'too-deep' })
  })

  it('that hides how deep it is in quotes is seen through', () => {
    expect(readXml(utf8('<a b="/>">'.repeat(9) + '</a>'.repeat(9)))).toMatchObject({ refusal: 'too-deep' })
    expect(readXml(utf8(`<a b='">'>`.repeat(9) + '</a>'.repeat(9)))).toMatchObject({ refusal: 'too-deep' })
    expect(readXml(utf8('<a b="'.repeat(2_000)))).toMatchObject({ refusal: 'too-deep' })
  })

  it('may have a thousand tags, and not one more', () => {
    expect(readXml(utf8(`<r>${'<a/>'.repeat(998)}</r>`)).ok).toBe(true)
    expect(readXml(utf8(`<r>${'<a/>'.repeat(999)}</r>`))).toMatchObject({ refusal: 'too-deep' })
  })

  it('has the five entities of XML and no others', () => {
    const read = readXml(utf8('<r><a>&lt;&amp;&#65;</a></r>'))
    expect(read.ok && wordsOf(read.value, 'a')).toBe('<&A')
    expect(readXml(utf8('<r>&nbsp;</r>'))).toMatchObject({ refusal: 'not-json' })
  })

  it.each(['<!DOCTYPE r><r/>', '<r><!-- --></r>', '<r><![CDATA[x]]></r>', '<r><!ENTITY a "b"></r>'])(
    '%s is refused unread',
    (text) => {
      expect(readXml(utf8(text))).toMatchObject({ refusal: 'wrong-schema' })
    },
  )

  it.each(['', 'x', '<r>', '<r></s>', '<r/><r/>', '<r a=b/>', '<?xml version="1.0"?>', '<r>\u0000</r>'])(
    '%j is not well-formed',
    (text) => {
      expect(readXml(utf8(text))).toMatchObject({ refusal: 'not-json' })
    },
  )

  it('ends at the longest message', () => {
    const text = '<r/>'.padEnd(MESSAGE_BYTES_MAX)
    expect(readXml(utf8(text)).ok).toBe(true)
    expect(readXml(utf8(`${text} `))).toMatchObject({ refusal: 'too-large' })
  })
})
