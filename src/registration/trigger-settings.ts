import type { Application, Config } from '../config/schema.ts'
import { triggersAddress } from '../config/schemas/triggers-schema.ts'
import type { SheetLanguage } from './sheet-words.ts'

/** The events for which a queue can have a trigger. Tracker documents no condition for a deletion. */
export const triggerEvents = ['moved', 'closed'] as const
export type TriggerEvent = (typeof triggerEvents)[number]

/** A trigger of a queue, as the request that makes it (`POST /v3/queues/QUEUE/triggers`) takes it. */
export type TriggerSettings = {
  name: string
  conditions: { type: string; field: string }[]
  actions: {
    type: 'Webhook'
    method: 'POST'
    endpoint: string
    contentType: string
    headers: Record<string, string>
    authContext: { type: 'oauth'; headerName: string; tokenType: string; accessToken?: string }
    body: string
  }[]
}

const conditions = {
  moved: { type: 'FieldChangedCondition', field: 'queue' },
  closed: { type: 'FieldBecameNotEmpty', field: 'resolution' },
} as const satisfies Record<TriggerEvent, object>

/** The trigger by which a queue tells an application of an event. `token` is that of its triggers, if it is to be printed. */
export function triggerSettings(
  { publicUrl }: Pick<Config, 'publicUrl'>,
  { name, path }: Application,
  { event, language, token }: { event: TriggerEvent; language: SheetLanguage; token?: string },
): TriggerSettings {
  // What Tracker does not fill in is taken as left out: `issue.id` is not in the list of variables of its documents.
  const issue = { key: '{{issue.key}}', id: '{{issue.id}}', previousQueue: '{{issue.previousQueue}}' }
  return {
    name: `${name}: ${words[language].name[event]}`,
    conditions: [conditions[event]],
    actions: [
      {
        type: 'Webhook',
        method: 'POST',
        endpoint: publicUrl + triggersAddress(path),
        contentType: 'application/json; charset=UTF-8',
        headers: {},
        authContext: {
          type: 'oauth',
          headerName: 'Authorization',
          tokenType: 'OAuth',
          ...(token !== undefined && { accessToken: token }),
        },
        body: JSON.stringify({ event, issue }),
      },
    ],
  }
}

/** The settings of a trigger as they are typed into the form of a queue. */
export function formatTrigger(settings: TriggerSettings, queue: string, event: TriggerEvent, language: SheetLanguage) {
  const { title, where, labels, condition, tokenLeftOut } = words[language]
  const [action] = settings.actions
  const rows = action && {
    [labels.name]: settings.name,
    [labels.condition]: condition[event],
    [labels.action]: labels.request,
    [labels.method]: action.method,
    [labels.address]: action.endpoint,
    [labels.authorization]: 'OAuth 2.0',
    [labels.token]: action.authContext.accessToken ?? tokenLeftOut,
    [labels.header]: action.authContext.headerName,
    [labels.tokenType]: action.authContext.tokenType,
    [labels.headers]: `Content-Type: ${action.contentType}`,
    [labels.body]: action.body,
  }
  const width = Math.max(...Object.values(labels).map(label => label.length)) + 2
  const lines = Object.entries(rows ?? {}).map(([label, value]) => label.padEnd(width) + value)
  return [title(queue), lines.join('\n'), where].join('\n\n')
}

type Words = {
  title: (queue: string) => string
  where: string
  name: Record<TriggerEvent, string>
  /** Where the condition is found in the form. */
  condition: Record<TriggerEvent, string>
  tokenLeftOut: string
  labels: Record<
    | 'name'
    | 'condition'
    | 'action'
    | 'request'
    | 'method'
    | 'address'
    | 'authorization'
    | 'token'
    | 'header'
    | 'tokenType'
    | 'headers'
    | 'body',
    string
  >
}

const words: Record<SheetLanguage, Words> = {
  en: {
    title: queue => `A trigger of the queue ${queue} (queue settings, Automation, Triggers, Create trigger)`,
    where:
      'Tracker does not document whether the old or the new queue of a moved issue runs its triggers: create it in each queue from which or to which issues move. That it tells a move twice does no harm.',
    name: { moved: 'an issue was moved', closed: 'an issue was closed' },
    condition: {
      moved: 'Issue fields, Queue, Field value changed',
      closed: 'Issue fields, Resolution, Field value set',
    },
    tokenLeftOut: '(left out: run the command again with --with-token to print it)',
    labels: {
      name: 'Name',
      condition: 'Trigger condition',
      action: 'Trigger action',
      request: 'HTTP request',
      method: 'Method',
      address: 'Address',
      authorization: 'Authorization',
      token: 'Token',
      header: 'Authorization header',
      tokenType: 'Token type',
      headers: 'Headers',
      body: 'Request body',
    },
  },
  ru: {
    title: queue => `Триггер очереди ${queue} (настройки очереди, «Автоматизация», «Триггеры», «Создать триггер»)`,
    where:
      'В документации Трекера не сказано, триггеры какой очереди срабатывают при переносе задачи, старой или новой: создайте такой триггер в каждой очереди, из которой или в которую переносят задачи. Повторное сообщение о переносе безвредно.',
    name: { moved: 'задача перенесена', closed: 'задача закрыта' },
    condition: {
      moved: 'Поля задачи, «Очередь», «Значение поля изменилось»',
      closed: 'Поля задачи, «Резолюция», «Значение поля установлено»',
    },
    tokenLeftOut: '(не напечатан; чтобы его напечатать, повторите команду с --with-token)',
    labels: {
      name: 'Название',
      condition: 'Условие срабатывания',
      action: 'Действие триггера',
      request: 'HTTP-запрос',
      method: 'Метод',
      address: 'Адрес',
      authorization: 'Способ авторизации',
      token: 'Токен',
      header: 'Заголовок авторизации',
      tokenType: 'Тип токена',
      headers: 'Заголовки',
      body: 'Тело запроса',
    },
  },
}
