import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { makeSecret } from '../endpoints/secret.ts'
import { signedHeaders } from './sign.ts'

/** From the specification. Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md, "Signature scheme" */
test('signs the example of the specification as it says', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const body = '{"test": 2432232314}'
  const at = new Date(1_614_265_330_000)
  expect(signedHeaders({ id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at, body }, [secret])).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

test('whatever is sent, the public package accepts it, and nothing that was changed', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: 'grapheme' }), (value, text) => {
      const secret = makeSecret()
      const body = JSON.stringify({ value, text })
      const headers = signedHeaders({ id: 'evt_bot_1_2', at: new Date(), body }, [secret])
      expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
      expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow('No matching signature found')
      expect(() => new Webhook(secret).verify(body, { ...headers, 'webhook-id': 'evt_bot_1_3' })).toThrow(
        'No matching signature found',
      )
      expect(() => new Webhook(makeSecret()).verify(body, headers)).toThrow('No matching signature found')
    }),
    { numRuns: 50 },
  )
})

test('with two secrets, whoever has one of them accepts it', () => {
  const secrets = [makeSecret(), makeSecret()]
  const headers = signedHeaders({ id: 'evt_1', at: new Date(), body: '{}' }, secrets)
  for (const secret of secrets) expect(new Webhook(secret).verify('{}', headers)).toEqual({})
})
