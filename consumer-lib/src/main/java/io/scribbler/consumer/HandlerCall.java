package io.scribbler.consumer;

/** One call of the user's code with messages, whatever kind of handler it is. */
interface HandlerCall {
  void handle(MessageBatch batch) throws Exception;

  /** Whether a failure is that of the first message which isn't {@link MessageBatch#done}. */
  boolean failsExactly();

  static HandlerCall ofBatches(BatchHandler handler) {
    return new HandlerCall() {
      @Override
      public void handle(MessageBatch batch) throws Exception {
        handler.handle(batch);
      }

      @Override
      public boolean failsExactly() {
        return false;
      }
    };
  }

  static HandlerCall ofMessages(MessageHandler handler) {
    return new HandlerCall() {
      @Override
      public void handle(MessageBatch batch) throws Exception {
        for (int i = 0; i < batch.size(); i++) {
          handler.handle(batch.get(i));
          batch.done(i + 1);
        }
      }

      @Override
      public boolean failsExactly() {
        return true;
      }
    };
  }
}
