/** `generic` speaks WISPr, which most hotspot controllers understand. */
export const CLIENT_VENDORS = ['generic', 'mikrotik', 'coovachilli', 'unifi', 'hostapd', 'aruba', 'ruckus'] as const
export type ClientVendor = (typeof CLIENT_VENDORS)[number]
