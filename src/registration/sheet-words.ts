/** The languages that a sheet is written in. */
export type SheetLanguage = 'en' | 'ru'

/** What a sheet says around its fields to the Tracker team. */
export type SheetWords = {
  title: string
  request: string
  parameter: string
  value: string
  /** Stands in place of `oauthToken`. */
  tokenLeftOut: string
  authorization: {
    none: string
    /** How the application takes the token; documents leave the header and the scheme open. */
    token: (header: string, forms: string) => string
    user: (header: string, forms: string) => string
  }
  or: string
  filled: string
}

export const sheetWords: Record<SheetLanguage, SheetWords> = {
  en: {
    title: 'An external application for Yandex Tracker',
    request:
      'Please add this external application to Tracker for our organization, so that issues can be linked to its objects.',
    parameter: 'Parameter',
    value: 'Value',
    tokenLeftOut: '(left out of this sheet: run the command again with --with-token to print it)',
    authorization: {
      none: 'The application takes calls without authentication.',
      token: (header, forms) =>
        `The application takes calls with the fixed token \`oauthToken\` in the header ${header}: ${forms}.`,
      user: (header, forms) =>
        `The application takes calls with the OAuth token of the user on whose behalf Tracker calls, in the header ${header}: ${forms}.`,
    },
    or: 'or',
    filled: 'Object keys may hold any characters. Percent-encoded, the addresses of such objects are these:',
  },
  ru: {
    title: 'Внешнее приложение для Яндекс Трекера',
    request:
      'Просим подключить внешнее приложение к Трекеру для нашей организации, чтобы задачи можно было связывать с его объектами.',
    parameter: 'Параметр',
    value: 'Значение',
    tokenLeftOut: '(не напечатан; чтобы его напечатать, повторите команду с --with-token)',
    authorization: {
      none: 'Приложение принимает запросы без аутентификации.',
      token: (header, forms) =>
        `Приложение принимает запросы с постоянным токеном \`oauthToken\` в заголовке ${header}: ${forms}.`,
      user: (header, forms) =>
        `Приложение принимает запросы с OAuth-токеном пользователя, от имени которого обращается Трекер, в заголовке ${header}: ${forms}.`,
    },
    or: 'или',
    filled: 'В ключах объектов возможны любые символы. Адреса таких объектов с процентным кодированием:',
  },
}
