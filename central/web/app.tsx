/** The staff app: who is signed in decides between the gate and the screens. The wall is a world of its own. */
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import lazy, { ErrorBoundary } from 'preact-iso/lazy'
import { LocationProvider, Route, Router, useLocation } from 'preact-iso/router'
import type { Me } from '../platform/accounts/api.ts'
import { live } from '../platform/ui/live.ts'
import { me } from '../platform/ui/me.ts'
import { get, onSignedOut } from '../platform/ui/request.ts'
import { AccountsPage } from './accounts.tsx'
import { SetPasswordPage, SignInPage } from './gate.tsx'
import { Denied } from './denied.tsx'
import { Missing } from './missing.tsx'
import { homeFor, screenAt, screensFor } from './screens.ts'
import { SessionsPage } from './sessions.tsx'
import { Shell } from './shell.tsx'

const NocPage = lazy(async () => (await import('../noc/pages/noc.tsx')).NocPage)
const HotspotPage = lazy(async () => (await import('../noc/pages/hotspot.tsx')).HotspotScreen)
const PolicyPage = lazy(async () => (await import('../noc/pages/policy.tsx')).PolicyPage)
const RadiusUsersPage = lazy(async () => (await import('../noc/pages/radius-users.tsx')).RadiusUsersPage)
const RadiusSessionsPage = lazy(async () => (await import('../noc/pages/radius-sessions.tsx')).RadiusSessionsPage)
const RadiusRejectionsPage = lazy(async () => (await import('../noc/pages/radius-rejections.tsx')).RadiusRejectionsPage)
const RadiusPointsPage = lazy(async () => (await import('../noc/pages/radius-points.tsx')).RadiusPointsPage)
const IngestPage = lazy(async () => (await import('../noc/pages/ingest.tsx')).IngestPage)
const QuarantinePage = lazy(async () => (await import('../noc/pages/quarantine.tsx')).QuarantinePage)
const WallLinksPage = lazy(async () => (await import('../noc/pages/wall-links.tsx')).WallLinksPage)
const QueuePage = lazy(async () => (await import('../modules/complaints/pages/queue.tsx')).QueuePage)
const ComplaintScreen = lazy(async () => (await import('../modules/complaints/pages/complaint.tsx')).ComplaintScreen)
const WallPage = lazy(async () => (await import('../noc/pages/wall.tsx')).WallPage)

const isWall = () => location.pathname === '/wall' || location.pathname === '/wall/'

export function App() {
  if (isWall())
    return (
      <ErrorBoundary>
        <WallPage />
      </ErrorBoundary>
    )
  return (
    <LocationProvider>
      <Staff />
    </LocationProvider>
  )
}

/** Asking again while the server is away: central restarts within seconds. */
const ASK_AGAIN_MS = 4_000

function Staff() {
  const [expired, setExpired] = useState(false)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = async () => {
      const answer = await get<Me>('/api/me')
      if (answer.ok) me.value = answer.value
      else if (answer.status === 401) me.value = null
      else timer = setTimeout(() => void ask(), ASK_AGAIN_MS)
    }
    void ask()
    const end = onSignedOut(() => {
      setExpired(Boolean(me.value))
      me.value = null
    })
    return () => {
      clearTimeout(timer)
      end()
    }
  }, [])

  const signedIn = me.value !== undefined && me.value !== null && !me.value.mustSetPassword
  useEffect(() => {
    if (signedIn) live.start()
    else live.stop()
  }, [signedIn])

  if (me.value === undefined) return <div class="gate" aria-busy="true" />
  if (me.value === null) return <SignInPage expired={expired} />
  if (me.value.mustSetPassword) return <SetPasswordPage me={me.value} />
  return (
    <Shell me={me.value}>
      <ErrorBoundary>
        <Allowed me={me.value}>
          <Router>
            <Route path="/" component={Home} />
            <Route path="/noc" component={NocPage} />
            <Route path="/noc/aturan" component={PolicyPage} />
            <Route path="/noc/radius" component={RadiusUsersPage} />
            <Route path="/noc/radius/sesi" component={RadiusSessionsPage} />
            <Route path="/noc/radius/ditolak" component={RadiusRejectionsPage} />
            <Route path="/noc/radius/titik-akses" component={RadiusPointsPage} />
            <Route path="/noc/masuk" component={IngestPage} />
            <Route path="/noc/karantina" component={QuarantinePage} />
            <Route path="/noc/layar" component={WallLinksPage} />
            <Route path="/noc/h/:node" component={HotspotPage} />
            <Route path="/aduan" component={QueuePage} />
            <Route path="/aduan/:caseId" component={ComplaintScreen} />
            <Route path="/akun" component={AccountsPage} />
            <Route path="/sesi" component={SessionsPage} />
            <Route default component={Missing} />
          </Router>
        </Allowed>
      </ErrorBoundary>
    </Shell>
  )
}

function Allowed({ me, children }: { me: Me; children: ComponentChildren }) {
  const screen = screenAt(useLocation().path)
  const allowed = !screen || screensFor(me.positions.map((position) => position.role)).includes(screen)
  return allowed ? <>{children}</> : <Denied me={me} screen={screen} />
}

function Home() {
  const { route } = useLocation()
  const roles = me.value?.positions.map((position) => position.role) ?? []
  useEffect(() => route(homeFor(roles), true), [])
  return <p role="status" />
}
