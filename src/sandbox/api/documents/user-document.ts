import { exactNumber } from '../../../application-calls/exact-json.ts'
import type { User } from '../../world/records.ts'
import { type DocumentForm, selfOf } from './document-form.ts'

export const userDocument = (form: DocumentForm, user: User) => ({
  self: selfOf(form, 'users', user.uid),
  uid: exactNumber(user.uid),
  login: user.login,
  trackerUid: exactNumber(user.uid),
  passportUid: exactNumber(user.uid),
  ...(form.isNew && { cloudUid: user.cloudUid }),
  firstName: user.firstName,
  lastName: user.lastName,
  display: user.display,
  email: user.email,
  external: false,
  hasLicense: true,
  dismissed: false,
  useNewFilters: true,
  disableNotifications: false,
  firstLoginDate: '2020-10-27T13:06:21.787+0000',
  lastLoginDate: '2022-07-25T17:12:33.787+0000',
  welcomeMailSent: true,
})
