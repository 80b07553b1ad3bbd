/** Where the refresh token of a calendar is sealed for. */
export const refreshTokenPlace = (integrationId: string) => `calendar_integrations:${integrationId}:refresh_token`
