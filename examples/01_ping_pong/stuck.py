"""multiprocessing.Queue, after one of its readers was killed: not empty, and nothing comes out."""
import multiprocessing
import queue


def read(items, reads):
    reads.send("I am about to read")
    items.get()


def kill_a_reader(items):
    told, reads = multiprocessing.Pipe(duplex=False)
    reader = multiprocessing.Process(target=read, args=(items, reads))
    reader.start()
    told.recv()
    reader.join(timeout=0.5)  # long enough for it to be inside get(), where it waits
    reader.kill()             # a crash, the kernel out of memory, a colleague …
    reader.join()


def main():
    items = multiprocessing.Queue()
    kill_a_reader(items)
    items.put("first")
    items.put("second")
    try:
        print("get() returned", items.get(timeout=5))
    except queue.Empty:
        print(f"qsize() is {items.qsize()} and empty() is {items.empty()},")
        print("but get(timeout=5) says that the queue is empty, and would say so for ever")


if __name__ == "__main__":
    main()
