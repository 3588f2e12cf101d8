//! Where requests wait until the schedule serves them, and their replies until it delivers them.

use std::sync::{Arc, Mutex};

use axum::http::Request;
use futures::channel::oneshot;
use futures::future::BoxFuture;
use tagmend_sandbox::Reply;
use tagmend_tests::wire::Line;

/// A request on its way.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) actor: usize,
    pub(crate) request: Request<Vec<u8>>,
    /// The reply, once it was served.
    pub(crate) reply: Option<Reply>,
    to: oneshot::Sender<Reply>,
}

impl Waiting {
    /// Hands the reply over.
    pub(crate) fn deliver(self) {
        let _ = self.to.send(self.reply.unwrap_or(Reply::Silence));
    }
}

/// All requests on their way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk(Arc<Mutex<Vec<Waiting>>>);

impl Desk {
    /// The line of one actor.
    pub(crate) fn line(&self, actor: usize) -> Arc<dyn Line> {
        Arc::new(ActorLine { actor, desk: self.clone() })
    }

    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Vec<Waiting>) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }
}

#[derive(Debug)]
struct ActorLine {
    actor: usize,
    desk: Desk,
}

impl Line for ActorLine {
    fn carry(&self, request: Request<Vec<u8>>) -> BoxFuture<'static, Reply> {
        let (to, reply) = oneshot::channel();
        let waiting = Waiting { actor: self.actor, request, reply: None, to };
        self.desk.with(|all| all.push(waiting));
        Box::pin(async { reply.await.unwrap_or(Reply::Silence) })
    }
}
